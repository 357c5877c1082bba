/** Builds the real ports and runs the command line with them: the only file that knows every layer. */
import { hostname, userInfo } from "node:os";
import { resolve } from "node:path";
import { isatty } from "node:tty";
import type { Agent } from "./agent.ts";
import { withRedactedPages } from "./app/redacting-pages.ts";
import { withRedaction } from "./app/redacting-vault.ts";
import type { Services } from "./app/services.ts";
import type { Context, KeySourceOptions, VaultAdministration } from "./cli/context.ts";
import { signalExitCodes } from "./cli/exit.ts";
import type { Output, OutputSettings } from "./cli/output.ts";
import { createPrompts } from "./cli/prompts.ts";
import { runCommandLine } from "./cli/run.ts";
import { recoveryNote } from "./cli/vault/recovery-note.ts";
import { type AppKind, apiVersionVariable, appVariables } from "./domain/app.ts";
import { Failure } from "./domain/failure.ts";
import { chosenKeySource, type KeyWishes, keySourceNeeded } from "./domain/key-choice.ts";
import type { Http } from "./domain/ports/http.ts";
import type { KeySource, SlotKind } from "./domain/ports/keys.ts";
import type { StartCallbackServer } from "./domain/ports/machine.ts";
import type { MediaFiles } from "./domain/ports/media.ts";
import type { Vault } from "./domain/ports/vault.ts";
import type { VaultCustody } from "./domain/ports/vault-custody.ts";
import { loadPlatform, platformIds } from "./platforms/index.ts";
import type { Platform } from "./platforms/platform.ts";
import { systemClock as clock } from "./system/clock.ts";
import { CriticalWork, endOnSignals } from "./system/critical-work.ts";
import { readEnvironment } from "./system/environment.ts";
import { homeFolder } from "./system/paths.ts";
import { systemRandom as random } from "./system/random.ts";
import { Redactor } from "./system/redaction.ts";
import { serviceManager } from "./system/service-manager.ts";
import { standardStream } from "./system/standard-streams.ts";

type Environment = Readonly<Record<string, string | undefined>>;

interface Process {
  readonly version: string;
  readonly environment: Environment;
  readonly home: string;
  readonly interactive: boolean;
  readonly redactor: Redactor;
  readonly signal: AbortSignal;
  readonly critical: CriticalWork;
  /** What is to be closed at the end, so that the vault is one whole file again. */
  readonly closing: (() => Promise<void> | undefined)[];
}

/** Runs one command line and ends the process with its exit code. */
export async function start(argv: readonly string[], version: string): Promise<void> {
  // A copy: what is deleted below must still be readable here.
  const environment = { ...(await readEnvironment(process.env, process.cwd())) };
  const passphrase = environment["AGENCYIQ_PASSPHRASE"];
  // Children must not inherit it, and /proc shows only what was there at the start.
  delete process.env["AGENCYIQ_PASSPHRASE"];
  const redactor = new Redactor();
  redactor.keep(passphrase);
  const critical = new CriticalWork();
  const interrupted = new AbortController();
  endOnSignals({ exitCodes: signalExitCodes, interrupted, critical, exit: process.exit });
  const running: Process = {
    version,
    environment,
    home: homeFolder(environment),
    // isatty, since looking at process.stdin makes a stream of it.
    interactive: isatty(0) && isatty(2) && !environment["CI"],
    redactor,
    signal: interrupted.signal,
    critical,
    closing: [],
  };
  const code = await runCommandLine(argv, {
    version,
    output: (flags) => outputSettings(flags, running),
    interrupted: () => interrupted.signal.aborted,
    context: (output) => contextFor(output, running),
  });
  // The signal's handler ends the process, with the signal's exit code.
  if (interrupted.signal.aborted) return;
  await critical.ended();
  await Promise.allSettled(running.closing.map((close) => close()));
  // Not left to the event loop: an idle connection must not keep a cron job alive.
  process.exit(code);
}

function outputSettings(flags: Pick<OutputSettings, "json" | "quiet" | "debug">, running: Process): OutputSettings {
  return {
    ...flags,
    redact: (text) => running.redactor.redact(text),
    stdout: standardStream(1),
    stderr: standardStream(2),
    environment: running.environment,
  };
}

function contextFor(output: Output, running: Process): Context {
  const prompts = createPrompts(running.interactive);
  const { environment, home } = running;
  const passphrase = async (isNew: boolean): Promise<string> => {
    const given = environment["AGENCYIQ_PASSPHRASE"];
    if (given) return given;
    const first = await prompts.secret(isNew ? "New passphrase:" : "Passphrase:", "AGENCYIQ_PASSPHRASE");
    if (isNew && first !== (await prompts.secret("Once more:", "AGENCYIQ_PASSPHRASE"))) {
      throw new Failure("usage", "the two passphrases differ", { hint: "nothing was changed; run it again" });
    }
    running.redactor.keep(first);
    return first;
  };
  const administration = lazyAdministration(running, {
    passphrase,
    recoveryCode: () => askRecoveryCode(running, prompts),
  });
  const services = servicesFor(output, running, administration);
  const agent = lazyAgent(output, running, services);
  return {
    output,
    prompts,
    services,
    operations: async () => (await agent()).operations(),
    startAgent: async (served) => (await agent()).start(served),
    administration,
    machine: {
      home,
      nodeVersion: process.version,
      absolute: (path) => resolve(path),
      writePublic: async (path, text) => (await import("./system/public-file.ts")).writePublicFile(resolve(path), text),
      timeZone: () => new Intl.DateTimeFormat().resolvedOptions().timeZone,
      filesystem: async () => (await import("./system/machine.ts")).filesystemOf(home),
      folderMode: async () => (await import("./system/machine.ts")).folderMode(home),
      portIsFree: async (port) => (await import("./system/machine.ts")).portIsFree(port),
      agent: async () => (await agent()).facts(),
    },
    monitoring: monitoringFor(output, running),
    scheduling: async () => {
      const { scheduling } = await import("./system/scheduling.ts");
      return scheduling(environment, process.argv[1] ?? "");
    },
    startSandbox: async (wish) => {
      const { startSandbox } = await import("./sandbox/server.ts");
      return startSandbox({ ...wish, clock, random });
    },
    signal: running.signal,
    readStdin,
    postFiles: {
      read: async (path) => (await import("./system/post-files.ts")).postFiles.read(path),
      parse: async (text, source) => (await import("./system/post-files.ts")).postFiles.parse(text, source),
      readTable: async (path) => (await import("./system/post-files.ts")).postFiles.readTable(path),
    },
    readPlatformFile: async (path) => {
      const { readPlatformFile } = await import("./system/platform-file.ts");
      return readPlatformFile(resolve(path), { builtIn: platformIds, variablesTaken: await variablesOfPlatforms() });
    },
    readImportFile: async (file, source) => {
      const { readImportFile } = await import("./system/import-files.ts");
      return readImportFile(environment, file, source);
    },
    mediaBaseUrl: environment["AGENCYIQ_MEDIA_BASE_URL"] || null,
    version: running.version,
  };
}

function monitoringFor(output: Output, { environment, version }: Process): Context["monitoring"] {
  return {
    openLog: async (level) => {
      const { createLog } = await import("./system/log.ts");
      return createLog({ level, version, write: (line) => output.line(line) });
    },
    startMetrics: async (options) => (await import("./system/metrics.ts")).startMetrics(options),
    manager: serviceManager(environment, process.pid),
    onWish: (listener) => {
      process.on("SIGUSR1", () => listener("pause"));
      // At a terminal it says that the terminal is gone, and ends the process as everywhere.
      if (isatty(0)) return;
      process.removeAllListeners("SIGHUP");
      process.on("SIGHUP", () => listener("reload"));
    },
  };
}

/** The daemon's socket, for the commands that need an open key and for the daemon itself. */
function lazyAgent(output: Output, running: Process, services: Services): () => Promise<Agent> {
  const { environment, home, version, redactor } = running;
  let made: Promise<Agent> | null = null;
  const load = async () => {
    const { agentFor } = await import("./agent.ts");
    const redact = (text: string) => redactor.redact(text);
    return agentFor({ environment, home, version, services, redact, trace: (line) => output.trace(line) });
  };
  return () => {
    made ??= load();
    return made;
  };
}

async function askRecoveryCode(running: Process, prompts: Context["prompts"]): Promise<string> {
  const code = prompts.interactive ? await prompts.secret("Recovery code:", "it on standard input") : await readStdin();
  running.redactor.keep(code.trim());
  return code;
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

interface Asking {
  readonly passphrase: (isNew: boolean) => Promise<string>;
  readonly recoveryCode: () => Promise<string>;
}

/** The vault layer and the key sources are loaded by what needs them, so that a command without a vault starts at once. */
function lazyAdministration(running: Process, asking: Asking): VaultAdministration {
  const { environment, home, interactive } = running;
  const wishes = (options: KeySourceOptions): KeyWishes =>
    // A flag is a new choice: the environment's does not contradict it.
    options.keySource || options.keyFile || options.keyCommand
      ? { source: options.keySource, file: options.keyFile, command: options.keyCommand }
      : {
          source: environment["AGENCYIQ_KEY_SOURCE"],
          file: environment["AGENCYIQ_KEY_FILE"],
          command: environment["AGENCYIQ_KEY_COMMAND"],
        };
  const chosenKind = (options: KeySourceOptions = {}): SlotKind | null => {
    const flagged = Boolean(options.keySource || options.keyFile || options.keyCommand);
    return chosenKeySource({
      ...wishes(options),
      passphrase: !flagged && Boolean(environment["AGENCYIQ_PASSPHRASE"]),
    });
  };
  const newSource = (kind: SlotKind, options: KeySourceOptions = {}): KeySource =>
    lazySource(kind, async () => {
      const { keySources } = await import("./key-sources.ts");
      return keySources({ environment, random, asking, options, interactive })[kind]();
    });
  return {
    custody: async () => {
      const { vaultCustody } = await import("./vault/custody.ts");
      const host = hostname();
      const actor = `${userName()}@${host}`;
      return vaultCustody({ home, clock, random, host, actor, processId: process.pid });
    },
    chosenKind,
    namedKey: (options = {}) => {
      const { file, command } = wishes(options);
      const kind = chosenKeySource(wishes(options));
      return { kind, file: file ? resolve(file) : null, command: command || null };
    },
    newSource,
    unlockPlan: (options = {}) => {
      const explicit = chosenKind(options);
      const kinds = explicit ? [explicit] : unaided(interactive, environment);
      return { explicit, sources: kinds.map((kind) => newSource(kind, options)) };
    },
  };
}

/** A source that is loaded when it is asked: most commands that open the vault open no secret. */
function lazySource(kind: SlotKind, load: () => Promise<KeySource>): KeySource {
  return {
    kind,
    read: async (slot, vaultId) => (await load()).read(slot, vaultId),
    create: async (slotId, vaultId) => (await load()).create(slotId, vaultId),
    remove: async (slot, vaultId) => (await load()).remove?.(slot, vaultId),
  };
}

/** In a container the user may have a number and no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.() ?? "unknown"}`;
  }
}

/** What may be tried when nobody named a source: nothing that asks, unless there is somebody to ask. */
function unaided(interactive: boolean, environment: Environment): SlotKind[] {
  const asks: SlotKind[] = interactive ? ["passphrase"] : [];
  // systemd's own credential is as explicit as it gets.
  const quiet: SlotKind[] = environment["CREDENTIALS_DIRECTORY"] ? ["file", "command"] : ["command", "file"];
  return [...quiet, "keychain", ...asks];
}

function servicesFor(output: Output, running: Process, administration: VaultAdministration): Services {
  const { environment, redactor, critical } = running;
  let opened: Promise<Vault> | null = null;
  const open = async () => {
    const opened = await (await administration.custody()).open(administration.unlockPlan());
    return withRedaction(opened, (text) => redactor.redact(text));
  };
  const vault = () => {
    // One that was not there is looked for again: it may have been made meanwhile.
    opened ??= open().catch((error) => {
      opened = null;
      throw error;
    });
    return opened;
  };
  running.closing.push(async () => (await opened)?.close());
  const startServer: StartCallbackServer = async (options) => {
    const { startCallbackServer } = await import("./system/callback-server.ts");
    return withRedactedPages(await startCallbackServer(options), (text) => redactor.redact(text));
  };
  const http = lazyHttp(output, running);
  return {
    clock,
    random,
    http,
    talk: async (url, talk) => {
      const { conversations } = await import("./system/websocket.ts");
      return conversations(http, running.signal)(url, talk);
    },
    sendThrough: async (sending) =>
      (await import("./system/channels/send.ts")).channels({ http, environment })(sending),
    media: lazyMediaFiles(running),
    browser: { open: async (url) => (await import("./system/browser.ts")).systemBrowser(environment).open(url) },
    startCallbackServer: startServer,
    makeCertificate: async () => {
      const { makeCallbackCertificate } = await import("./system/callback-certificate.ts");
      return makeCallbackCertificate(clock, random);
    },
    platformIds,
    loadPlatform: async (id) => (await loadPlatform(id)) ?? declaredOf(id, vault),
    vault,
    vaultOrNew: () => {
      opened ??= openOrCreate(output, running, administration, open);
      return opened;
    },
    appFromEnvironment: (platform, kind) => appFrom(environment, platform, kind),
    apiVersion: (platform) => apiVersionFrom(environment, platform),
    prepareDerivation: async (holder, credential) => {
      const { prepareDerivation } = await import("./app/derivation.ts");
      return prepareDerivation(holder, credential);
    },
    prepareSession: async (holder, credential, renewal) => {
      const { prepareSession } = await import("./app/session-renewal.ts");
      return prepareSession(holder, credential, renewal);
    },
    uninterrupted: critical.run,
    keepSecret: (secret) => redactor.keep(secret),
    stopping: running.signal,
  };
}

/** Looked for where no platform that is built in has the id. */
async function declaredOf(id: string, vault: Services["vault"]): Promise<Platform | null> {
  try {
    const declared = await (await vault()).declaredPlatform(id);
    if (declared === null) return null;
    const { declaredPlatform } = await import("./platforms/declared.ts");
    return declaredPlatform(declared);
  } catch (error) {
    if (error instanceof Failure && error.code === "vault_missing") return null;
    throw error;
  }
}

/** Loaded where a post has pictures or a video. */
function lazyMediaFiles({ home }: Process): MediaFiles {
  const load = async () => (await import("./system/media-files.ts")).mediaFiles(home);
  return {
    open: async (path, seen) => (await load()).open(path, seen),
    fit: async (source, room) => (await load()).fit(source, room),
  };
}

/** undici is loaded by the first request; its settings are checked then, too. */
function lazyHttp(output: Output, running: Process): Http {
  let made: Promise<Http> | null = null;
  const { environment, version } = running;
  const override = environment["AGENCYIQ_ENDPOINT_URL"];
  const build = async (): Promise<Http> => {
    const { createHttp } = await import("./system/http.ts");
    let http = createHttp({ version, environment });
    if (output.debug) {
      const { withTrace } = await import("./system/http-trace.ts");
      http = withTrace(http, clock, (line) => output.trace(line));
    }
    if (!override) return http;
    const { withEndpointOverride } = await import("./system/endpoint-override.ts");
    return withEndpointOverride(http, override);
  };
  const get = () => {
    made ??= build();
    return made;
  };
  return {
    send: async (request) => (await get()).send(request),
    browserUrl: async (url) => (await get()).browserUrl(url),
    close: async () => (await made)?.close(),
  };
}

/** The environment variables of the built-in platforms, by platform. */
async function variablesOfPlatforms(): Promise<(id: string) => readonly string[]> {
  const { appKindOf, takesApp } = await import("./app/methods.ts");
  const loaded = await Promise.all(platformIds.map((id) => loadPlatform(id)));
  const variables = loaded.flatMap((platform) => {
    if (platform === null) return [];
    const kinds = new Set(["oauth2", ...platform.methods.filter(takesApp).map(appKindOf)]);
    const own = [...kinds].flatMap((kind) => appVariables(platform.id, kind));
    return [[platform.id, [...own, apiVersionVariable(platform.id)]] as const];
  });
  const byId = new Map(variables);
  return (id) => byId.get(id) ?? [];
}

function appFrom(environment: Environment, platform: string, kind: AppKind = "oauth2") {
  const [id, secret] = appVariables(platform, kind);
  const clientId = environment[id];
  return clientId ? { clientId, clientSecret: environment[secret] || null } : null;
}

/** It becomes a part of URLs. @throws Failure `usage` */
function apiVersionFrom(environment: Environment, platform: string): string | null {
  const variable = apiVersionVariable(platform);
  const version = environment[variable] || null;
  if (version === null || /^[\w.-]{1,40}$/.test(version)) return version;
  throw new Failure("usage", `${variable}=${version} is no version`, { hint: "write it as the platform does: v24.0" });
}

/** First use: with the source that was named; at a terminal with the keychain; else not at all. */
async function openOrCreate(
  output: Output,
  running: Process,
  administration: VaultAdministration,
  open: () => Promise<Vault>,
): Promise<Vault> {
  const custody = await administration.custody();
  if (custody.exists()) return open();
  const kind = administration.chosenKind() ?? (running.interactive ? "keychain" : null);
  if (kind === null) throw keySourceNeeded(custody.path);
  try {
    const { vault, recoveryCode } = await custody.create(administration.newSource(kind), {
      // Without a terminal it would end up in a log.
      recovery: running.interactive,
    });
    await vault.close();
    tellOfNewVault(output, custody, kind, recoveryCode);
  } catch (error) {
    // Somebody else made it at the same moment: theirs is as good.
    if (!(error instanceof Failure) || error.code !== "vault_exists") throw error;
  }
  return open();
}

function tellOfNewVault(output: Output, custody: VaultCustody, kind: SlotKind, recoveryCode: string | null): void {
  output.note([`Made the vault ${custody.path}, opened by ${kind}.`, ...recoveryNote(recoveryCode)].join("\n"));
  if (recoveryCode === null) {
    output.note("It has no recovery code; add one at a terminal: agencyiq vault rekey --add recovery");
  }
}
