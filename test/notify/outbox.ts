/** The outbox of a built binary's vault, opened beside it: what a refresh would raise is raised here. */
import { onTestFinished } from "vitest";
import type { NewNotification } from "../../src/domain/notification.ts";
import type { Vault } from "../../src/domain/ports/vault.ts";
import { systemClock } from "../../src/system/clock.ts";
import { keyFileSource } from "../../src/system/key-file.ts";
import { systemRandom } from "../../src/system/random.ts";
import { vaultCustody } from "../../src/vault/custody.ts";
import { run, type Workspace } from "../e2e/command.ts";

export async function openVault({ env }: Workspace): Promise<Vault> {
  const custody = vaultCustody({
    home: env["AGENCYIQ_HOME"] ?? "",
    clock: systemClock,
    random: systemRandom,
    host: "here",
    processId: process.pid,
    actor: "ada@here",
  });
  const key = keyFileSource({ path: env["AGENCYIQ_KEY_FILE"] ?? "", credentialsDirectory: null, random: systemRandom });
  const vault = await custody.open({ sources: [key], explicit: "file" });
  onTestFinished(() => vault.close());
  return vault;
}

export function notification(mark: string, changes: Partial<NewNotification> = {}): NewNotification {
  return {
    key: `needs_reauth:${mark}`,
    kind: "needs_reauth",
    brand: "default",
    account: `x/${mark}`,
    subjectId: mark,
    subject: `x/${mark} must be connected again`,
    body: "X has ended it. Until 2030-01-01T10:00:00Z posts still go out.",
    command: "agencyiq connect x",
    ...changes,
  };
}

/** Adds a channel with the built binary. @throws Error with what was printed */
export async function addChannel<Document = Record<string, unknown>>(
  { env }: Workspace,
  args: readonly string[],
  secret?: string,
): Promise<Document> {
  const all = ["notify", "add", ...args, "--json", ...(secret === undefined ? [] : ["--secret-stdin"])];
  const ended = await run(all, { env, ...(secret === undefined ? {} : { stdin: `${secret}\n` }) });
  if (ended.code !== 0) throw new Error(`${args.join(" ")}: ${ended.stdout}${ended.stderr}`);
  return ended.json() as Document;
}

/** What a cron job does: nothing is due, what waits is told. */
export const tellAll = ["tokens", "refresh", "--all"] as const;
