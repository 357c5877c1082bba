/** One JSON object a line, in the shape log collectors know (pino). */
import type { Log, LogLevel } from "../domain/ports/monitoring.ts";

export async function createLog(options: {
  readonly level: LogLevel;
  readonly version: string;
  /** Given whole lines. */
  readonly write: (line: string) => void;
}): Promise<Log> {
  const { pino, stdTimeFunctions } = await import("pino");
  const logger = pino(
    {
      level: options.level,
      base: { version: options.version },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      messageKey: "event",
    },
    { write: options.write },
  );
  return { write: (level, event, fields = {}) => logger[level](fields, event) };
}
