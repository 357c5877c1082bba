import { Failure } from "../domain/failure.ts";
import { isLoopbackHost } from "../domain/loopback.ts";
import type { Http } from "../domain/ports/http.ts";

/**
 * `AGENCYIQ_ENDPOINT_URL`: `https://HOST/PATH` goes to `URL/HOST/PATH`, the authorize page included.
 * @throws Failure `endpoint_not_loopback`: tokens must not be sent elsewhere by a variable
 */
export function withEndpointOverride(http: Http, endpoint: string): Http {
  const base = requireLoopback(endpoint);
  const rewritten = (url: string): string => {
    const target = new URL(url);
    if (isLoopbackHost(target.hostname)) return url;
    return `${base}/${target.host}${target.pathname}${target.search}`;
  };
  return {
    send: (request) => http.send({ ...request, url: rewritten(request.url) }),
    browserUrl: (url) => http.browserUrl(rewritten(url)),
    close: () => http.close(),
  };
}

function requireLoopback(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null;
  if (url && isLoopbackHost(url.hostname) && /^https?:$/.test(url.protocol)) return endpoint.replace(/\/+$/, "");
  throw new Failure("endpoint_not_loopback", `AGENCYIQ_ENDPOINT_URL is not on this machine: ${endpoint}`, {
    hint: "use http://127.0.0.1:PORT (agencyiq sandbox prints it), or unset it",
  });
}
