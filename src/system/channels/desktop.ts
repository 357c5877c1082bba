import type { SendOutcome } from "../../domain/dispatch.ts";
import { paragraphsOf, subjectOf } from "../../domain/notification-text.ts";
import type { Sending } from "../../domain/ports/channel-sender.ts";
import { withoutSecrets } from "../child-environment.ts";
import { withSessionBus } from "../session-bus.ts";
import { runProgram } from "./program.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** `notify-send` on the session bus, which is found for cron too; `osascript` on macOS. */
export async function sendToDesktop(
  environment: Environment,
  { message, signal }: Pick<Sending, "message" | "signal">,
  platform: NodeJS.Platform = process.platform,
): Promise<SendOutcome> {
  const { text, command } = paragraphsOf(message);
  const lines = [text, ...(command === null ? [] : [command])].join("\n");
  const known = withSessionBus(environment);
  const run = { environment: withoutSecrets(known), input: "", signal };
  if (platform === "darwin") {
    const script = ["on run argv", "display notification (item 2 of argv) with title (item 1 of argv)", "end run"];
    const args = [...script.flatMap((line) => ["-e", line]), subjectOf(message), lines];
    return runProgram({ ...run, program: "osascript", args });
  }
  if (platform !== "linux") return { kind: "unreachable", message: `there is no way to notify on ${platform}` };
  if (!known["DBUS_SESSION_BUS_ADDRESS"]) return { kind: "unreachable", message: "nobody is logged in at a desktop" };
  // The body may hold markup.
  const escaped = lines.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return runProgram({
    ...run,
    program: "notify-send",
    args: ["--app-name=agencyiq", "--", subjectOf(message), escaped],
  });
}
