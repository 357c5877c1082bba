/** One request to a twin, as the ordered fault lets it go. */
import { seconds } from "../domain/time.ts";
import type { Fault } from "./faults.ts";
import type { Twin } from "./twin.ts";
import type { World } from "./world.ts";

export interface Exchange {
  readonly world: World;
  readonly twin: Twin;
  readonly fault: Fault | null;
  readonly request: Request;
  readonly body: Uint8Array<ArrayBuffer>;
  /** Aborted when the sandbox closes, so that nothing hangs on. */
  readonly ending: AbortSignal;
}

export class FaultedExchange {
  readonly #exchange: Exchange;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** The answer, or null where the connection is to be cut. */
  async run(): Promise<Response | null> {
    const { fault } = this.#exchange;
    const answer = await this.#answer(fault);
    if (!answer) return null;
    const headers = new Headers(answer.headers);
    const skew = fault?.kind === "date-skew" ? seconds(fault.seconds) : 0;
    headers.set("date", new Date(this.#exchange.world.clock.now() + skew).toUTCString());
    return new Response(answer.body, { status: answer.status, headers });
  }

  async #answer(fault: Fault | null): Promise<Response | null> {
    const { twin, request } = this.#exchange;
    switch (fault?.kind) {
      case undefined:
      case "date-skew":
        return this.#work();
      case "status":
        return twin.answerStatus(fault.status, new URL(request.url).pathname, fault.resetAfter);
      case "error":
        return twin.errors[fault.name]?.() ?? this.#work();
      case "drop-before":
        return null;
      case "drop-after":
        await this.#work();
        return null;
      case "cut-short":
        await this.#work({ body: this.#exchange.body.slice(0, fault.bytes) });
        return null;
      case "hang":
        await this.#wait(fault.seconds);
        return null;
      case "delay":
        return (await this.#wait(fault.seconds)) ? this.#work() : null;
      case "html":
        return firewallPage(fault.status ?? 403);
      case "garbage":
        return garbled(await this.#work());
      case "revoke":
        this.#revokeCarriedGrant();
        return this.#work();
      case "no-refresh-token":
        return this.#work({ withoutRefreshToken: true });
    }
  }

  async #work({
    withoutRefreshToken = false,
    body,
  }: {
    withoutRefreshToken?: boolean;
    body?: Uint8Array<ArrayBuffer>;
  } = {}): Promise<Response> {
    const { twin } = this.#exchange;
    const { method, headers, url } = this.#exchange.request;
    const request = body ? new Request(url, { method, headers, body }) : this.#exchange.request;
    const app = twin.hosts[new URL(request.url).host];
    if (!app) throw new Error(`${twin.name} does not play ${request.url}`);
    return app.fetch(request, { withoutRefreshToken });
  }

  /** False when the sandbox ended meanwhile. */
  async #wait(count: number): Promise<boolean> {
    const { world, ending } = this.#exchange;
    try {
      await world.clock.sleep(seconds(count), ending);
      return true;
    } catch {
      return false;
    }
  }

  #revokeCarriedGrant(): void {
    const { world, request, body } = this.#exchange;
    const bearer = /^Bearer (.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
    const form = new URLSearchParams(new TextDecoder().decode(body));
    const grant = world.grants.grantOf(bearer ?? form.get("refresh_token") ?? form.get("token") ?? "");
    if (grant) world.grants.revoke(grant);
    const signedWith = /\boauth_token="([^"]+)"/.exec(request.headers.get("authorization") ?? "")?.[1];
    if (signedWith) world.oauth1.end(decodeURIComponent(signedWith));
  }
}

/** What a content network's firewall sends in place of the API's answer. */
function firewallPage(status: number): Response {
  const page =
    "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body><h1>Checking your browser</h1></body></html>";
  return new Response(page, { status, headers: { "content-type": "text/html; charset=UTF-8", server: "cloudflare" } });
}

/** A success whose body was cut short: it announces JSON and is none. */
function garbled(answer: Response): Response {
  return new Response('{"data":{"id":"18', {
    status: answer.ok ? answer.status : 200,
    headers: { "content-type": "application/json; charset=utf-8" },
  });
}
