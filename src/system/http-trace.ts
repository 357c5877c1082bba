import { type Http, HttpFailure } from "../domain/ports/http.ts";
import type { Clock } from "../domain/ports/machine.ts";

/** What Meta's answers say they are: another version than was asked for, where that one is past its end. */
const versionHeader = "facebook-api-version";

/** `--debug`: one line an exchange. Queries, bodies and all headers but a version are never written: they may hold secrets. */
export function withTrace(http: Http, clock: Clock, write: (line: string) => void): Http {
  return {
    send: async (request) => {
      const started = clock.now();
      const { origin, pathname } = new URL(request.url);
      const told = (result: string) =>
        write(`${request.method} ${origin}${pathname} ${result} ${clock.now() - started} ms`);
      try {
        const response = await http.send(request);
        const version = response.headers[versionHeader];
        told(version && /^v\d+\.\d+$/.test(version) ? `${response.status} (${version})` : String(response.status));
        return response;
      } catch (error) {
        told(
          error instanceof HttpFailure
            ? `${error.code}${error.sent ? ", may have been sent" : ", not sent"}`
            : "failed",
        );
        throw error;
      }
    },
    browserUrl: (url) => http.browserUrl(url),
    close: () => http.close(),
  };
}
