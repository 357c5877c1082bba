/** The only place that prints. The result goes to stdout, everything else to stderr. */
import type { Failure } from "../domain/failure.ts";

export interface OutputSettings {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly debug: boolean;
  /** Replaces every secret that was seen in this run: the last line of defence. */
  readonly redact: (text: string) => string;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface OutputStream {
  readonly isTTY: boolean;
  readonly columns: number | undefined;
  write(text: string): void;
}

export type Style = (text: string) => string;

/** Words for people: what a colour means here. */
export interface Styles {
  readonly good: Style;
  readonly bad: Style;
  readonly warn: Style;
  readonly faint: Style;
  readonly strong: Style;
}

const same: Style = (text) => text;
const plain: Styles = { good: same, bad: same, warn: same, faint: same, strong: same };

export class Output {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly debug: boolean;
  readonly #settings: OutputSettings;
  #styles: Styles = plain;

  constructor(settings: OutputSettings) {
    this.#settings = settings;
    this.json = settings.json;
    this.quiet = settings.quiet;
    this.debug = settings.debug;
  }

  /** chalk costs 20 ms: it is loaded only where colour is shown. */
  async loadStyles(): Promise<void> {
    if (!this.#colourful()) return;
    const { Chalk } = await import("chalk");
    const chalk = new Chalk({ level: 1 });
    this.#styles = { good: chalk.green, bad: chalk.red, warn: chalk.yellow, faint: chalk.dim, strong: chalk.bold };
  }

  get styles(): Styles {
    return this.#styles;
  }

  /** Columns of the terminal; without one, lines may be as long as they are. */
  get width(): number {
    return this.#settings.stdout.columns ?? Number.POSITIVE_INFINITY;
  }

  /** The answer of the command, in one of its two forms; the other one is not made. */
  result(text: string | (() => string), data: object | (() => object)): void {
    if (this.json) this.#out(`${JSON.stringify(typeof data === "function" ? data() : data)}\n`);
    else if (!this.quiet) this.#out(shown(typeof text === "string" ? text : text()));
  }

  /** Whether `drawOver` has a screen to draw on. */
  get drawsOver(): boolean {
    return !this.json && !this.quiet && this.#settings.stdout.isTTY && !this.#dumb();
  }

  /** In place of all that is on the screen (ECMA-48: home, erase). */
  drawOver(text: string): void {
    this.#out(`\u001b[H\u001b[2J${ending(text)}`);
  }

  /** What was asked for by itself (a token, a completion script): printed even with --quiet, never redacted. */
  value(text: string): void {
    this.#settings.stdout.write(ending(text));
  }

  /** One event of a command that streams. */
  event(data: unknown, text: string): void {
    if (this.json) this.#out(`${JSON.stringify(data)}\n`);
    else this.note(text);
  }

  /** A line of a log: the answer itself with --json, else beside it. */
  line(text: string): void {
    if (this.json) this.#out(ending(text));
    else this.#err(ending(text));
  }

  /** Something to know, not the answer. */
  note(text: string): void {
    if (!this.quiet && !this.json) this.#err(ending(text));
  }

  warn(text: string): void {
    if (!this.quiet) this.#err(ending(`${this.styles.warn("warning:")} ${text}`));
  }

  /** One or two lines; the stack of its causes only with --debug. */
  failure(failure: Failure): void {
    const { code, message, hint, account } = failure;
    const about = account && !message.includes(account) ? `${account}: ` : "";
    this.#err(ending(`${this.styles.bad("error:")} ${about}${message}`));
    if (hint) this.#err(ending(`  ${this.styles.faint("mend:")} ${hint}`));
    if (this.debug) this.#err(ending(`${code}\n${stackOf(failure)}`));
  }

  /** The failure as the command's one JSON document. */
  failureDocument(failure: Failure): void {
    const { code, message, hint, account } = failure;
    this.#out(`${JSON.stringify({ error: { code, message, hint: hint ?? null, account: account ?? null } })}\n`);
  }

  /** A line of the HTTP trace, with --debug. */
  trace(text: string): void {
    if (this.debug) this.#err(ending(this.styles.faint(text)));
  }

  /**
   * Shows a spinner for what takes longer than half a second, on a terminal; nothing elsewhere. Work that has more to say
   * than that it goes on is given a function that puts it beside the spinner.
   */
  async progress<T>(label: string, given: Promise<T> | ((say: (text: string) => void) => Promise<T>)): Promise<T> {
    let text = label;
    const shown: { spinner?: { text: string; stop(): void } } = {};
    const say = (more: string) => {
      text = more;
      if (shown.spinner) shown.spinner.text = more;
    };
    const work = typeof given === "function" ? given(say) : given;
    if (this.quiet || this.json || !this.#settings.stderr.isTTY || this.#dumb()) return work;
    let done = false;
    const timer = setTimeout(async () => {
      const { default: ora } = await import("ora");
      shown.spinner = ora({ text, stream: process.stderr, discardStdin: false }).start();
      if (done) shown.spinner.stop();
    }, 500);
    try {
      return await work;
    } finally {
      done = true;
      clearTimeout(timer);
      shown.spinner?.stop();
    }
  }

  #out(text: string): void {
    this.#settings.stdout.write(this.#settings.redact(text));
  }

  #err(text: string): void {
    this.#settings.stderr.write(this.#settings.redact(text));
  }

  #dumb(): boolean {
    const { environment } = this.#settings;
    return environment["TERM"] === "dumb" || Boolean(environment["CI"]);
  }

  #colourful(): boolean {
    const { environment, stdout, stderr } = this.#settings;
    if (environment["NO_COLOR"]) return false;
    const forced = environment["FORCE_COLOR"];
    if (forced !== undefined) return forced !== "0" && forced !== "false";
    return !this.json && Boolean(stdout.isTTY && stderr.isTTY) && !this.#dumb();
  }
}

/** An empty answer is no line. */
function shown(text: string): string {
  return text === "" ? "" : ending(text);
}

function ending(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}

function stackOf(failure: Failure): string {
  const parts: string[] = [];
  for (let error: unknown = failure; error instanceof Error; error = error.cause)
    parts.push(error.stack ?? String(error));
  return parts.join("\ncaused by: ");
}
