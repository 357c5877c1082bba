/** The text of a LaunchAgent (launchd.plist(5)): pure. */
import { Failure } from "../domain/failure.ts";
import type { ScheduledJob } from "../domain/ports/scheduler.ts";

/**
 * An agent of the login session, where the login keychain is open: LimitLoadToSessionType is left at its default, since
 * in a `Background` session the keychain answers -25308. What was missed while the Mac slept is run once when it wakes.
 * @throws Failure `usage`
 */
export function launchAgent(label: string, job: ScheduledJob, log: string): string {
  if (job.credential) throw new Failure("usage", "launchd has no credentials", { hint: "name a key file or command" });
  const strings = (texts: readonly string[]) => texts.map((text) => `      <string>${escaped(text)}</string>`);
  const settings = Object.entries(job.environment).flatMap(([name, value]) => [
    `      <key>${escaped(name)}</key>`,
    `      <string>${escaped(value)}</string>`,
  ]);
  const rhythm =
    job.every === null
      ? ["    <key>KeepAlive</key>", "    <dict><key>SuccessfulExit</key><false/></dict>"]
      : ["    <key>StartInterval</key>", `    <integer>${job.every * 60}</integer>`];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    "<!-- Made by agencyiq cron install; taken away by agencyiq cron remove -->",
    '<plist version="1.0">',
    "  <dict>",
    "    <key>Label</key>",
    `    <string>${escaped(label)}</string>`,
    "    <key>ProgramArguments</key>",
    "    <array>",
    ...strings(job.words),
    "    </array>",
    "    <key>EnvironmentVariables</key>",
    "    <dict>",
    ...settings,
    "    </dict>",
    ...rhythm,
    "    <key>RunAtLoad</key>",
    "    <true/>",
    "    <key>ProcessType</key>",
    "    <string>Background</string>",
    // Nobody is sent mail by launchd.
    "    <key>StandardErrorPath</key>",
    `    <string>${escaped(log)}</string>`,
    "    <key>Umask</key>",
    "    <integer>63</integer>",
    "  </dict>",
    "</plist>",
    "",
  ].join("\n");
}

/** What an agent of ours runs. */
export function jobInAgent(text: string): Pick<ScheduledJob, "words" | "environment"> {
  const words = stringsIn(between(text, "ProgramArguments", "array"));
  const settings = between(text, "EnvironmentVariables", "dict");
  const names = [...settings.matchAll(/<key>([^<]*)<\/key>/g)].map(([, name = ""]) => unescaped(name));
  const values = stringsIn(settings);
  return { words, environment: Object.fromEntries(names.map((name, index) => [name, values[index] ?? ""])) };
}

function between(text: string, key: string, element: string): string {
  return new RegExp(`<key>${key}</key>\\s*<${element}>(.*?)</${element}>`, "s").exec(text)?.[1] ?? "";
}

function stringsIn(text: string): string[] {
  return [...text.matchAll(/<string>([^<]*)<\/string>/g)].map(([, value = ""]) => unescaped(value));
}

const entities: readonly (readonly [string, string])[] = [
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
];

function escaped(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no way to write them
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(text)) {
    throw new Failure("usage", "launchd cannot run this: there is a control character in a path");
  }
  return entities.reduce((result, [plain, entity]) => result.replaceAll(plain, entity), text);
}

function unescaped(text: string): string {
  return entities.toReversed().reduce((result, [plain, entity]) => result.replaceAll(entity, plain), text);
}
