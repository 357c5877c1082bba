import { type Started, start } from "./command.ts";

/** The built daemon, up to where it answers. */
export async function startDaemon(
  env: Readonly<Record<string, string>>,
): Promise<Started & { readonly socket: string }> {
  const started = await start(["daemon", "--log", "text"], { env, timeout: 120_000 });
  const [, socket = ""] = /ask here: (.+)$/.exec(await started.line(/ask here: /)) ?? [];
  await started.line(/Watching every token/);
  return { ...started, socket };
}
