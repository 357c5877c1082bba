import type { ChannelTarget } from "../../domain/channel.ts";
import type { SendOutcome } from "../../domain/dispatch.ts";
import { documentOf } from "../../domain/notification-text.ts";
import type { Sending } from "../../domain/ports/channel-sender.ts";
import { withoutSecrets } from "../child-environment.ts";
import { splitCommandLine } from "../command-line.ts";
import { runProgram } from "./program.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The event as JSON on its input and in `AGENCYIQ_EVENT_*`; nothing that opens the vault. */
export async function sendToCommand(
  environment: Environment,
  { target, message, signal }: Sending<Extract<ChannelTarget, { kind: "command" }>>,
): Promise<SendOutcome> {
  const [program, ...args] = splitCommandLine(target.line) ?? [];
  if (!program) return { kind: "unreachable", message: `the command cannot be read: ${target.line}` };
  const document = documentOf(message);
  const facts = { type: document.type, timestamp: document.timestamp, ...document.data };
  const variables = Object.entries(facts).map(([name, value]) => [`AGENCYIQ_EVENT_${name.toUpperCase()}`, value ?? ""]);
  return runProgram({
    program,
    args,
    environment: { ...withoutSecrets(environment), ...Object.fromEntries(variables) },
    input: `${JSON.stringify(document)}\n`,
    signal,
  });
}
