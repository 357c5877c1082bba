import type { CallbackServer } from "../domain/ports/machine.ts";

/** A callback server whose pages show no text of others unredacted: errors are told in the browser, too. */
export function withRedactedPages(server: CallbackServer, redact: (text: string) => string): CallbackServer {
  return {
    ...server,
    next: async (signal) => {
      const callback = await server.next(signal);
      return { ...callback, finish: (page) => callback.finish({ ...page, text: redact(page.text) }) };
    },
  };
}
