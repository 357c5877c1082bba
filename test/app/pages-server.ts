/**
 * A network whose people sign in and post as their Pages, on loopback: tokens of people live for 60 days and renew themselves
 * while they live; tokens of Pages do not end, but die with the role, the password or the app's permission. It refuses with
 * 400 and a code, as Meta does. Knows nothing of agencyiq.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

const day = 86_400_000;

interface Person {
  readonly id: string;
  readonly name: string;
  /** Page → what the person may do there. */
  readonly roles: Map<string, readonly string[]>;
}

interface IssuedToken {
  readonly person: string;
  readonly page: string | null;
  endsAt: number | null;
  readonly issuedAt: number;
  dead: boolean;
}

class Refusal extends Error {
  readonly status: number;
  readonly code: number;
  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export class PagesNetwork {
  url = "";
  now: () => number = () => Date.now();
  readonly pages = new Map([
    ["100", "Acme Bakery"],
    ["200", "Acme Café"],
    ["300", "Globex"],
  ]);
  readonly people = new Map<string, Person>([
    [
      "7",
      {
        id: "7",
        name: "Ada",
        roles: new Map([
          ["100", ["CREATE_CONTENT"]],
          ["200", ["CREATE_CONTENT", "MANAGE"]],
          ["300", ["ANALYZE"]],
        ]),
      },
    ],
  ]);
  readonly tokens = new Map<string, IssuedToken>();
  /** What persons granted; null: nothing is told of it. */
  granted: string[] | null = null;
  readonly asked: string[] = [];
  readonly posts: { page: string; text: string; token: string }[] = [];
  readonly #codes = new Map<string, { person: string; redirectUri: string }>();
  #count = 0;

  /** What the consent page does once a person has approved: where it sends the browser. */
  approve(authorizeUrl: string, person: string): string {
    const { searchParams } = new URL(authorizeUrl);
    const redirectUri = String(searchParams.get("redirect_uri"));
    const code = this.#name("code");
    this.#codes.set(code, { person, redirectUri });
    return `${redirectUri}?${new URLSearchParams({ code, state: String(searchParams.get("state")) })}`;
  }

  /** A new password ends every token of the person, those of Pages too. */
  changePassword(person: string): void {
    for (const token of this.tokens.values()) if (token.person === person) token.dead = true;
  }

  loseRole(person: string, page: string): void {
    this.people.get(person)?.roles.delete(page);
    for (const token of this.tokens.values()) if (token.person === person && token.page === page) token.dead = true;
  }

  /** As a checkpoint does: this one token ends, and another may be had. */
  end(value: string): void {
    const token = this.tokens.get(value);
    if (token) token.dead = true;
  }

  answer(method: string, path: string, parameters: URLSearchParams, bearer: string | null): unknown {
    if (path === "/token" && method === "POST") return this.#redeem(parameters);
    if (path === "/extend" && method === "GET") return this.#extend(String(parameters.get("present")));
    if (path === "/debug" && method === "GET") return this.#debug(parameters);
    const token = this.#tokenOf(bearer);
    const person = this.people.get(token.person);
    if (!person) throw new Refusal(400, 190, "The user does not exist");
    if (path === "/me/pages" && method === "GET") return this.#list(token, person, parameters.get("after"));
    if (path === "/me/permissions" && method === "DELETE") return this.#remove(token);
    if (path === "/me" && method === "GET") {
      return token.page === null ? { id: person.id, name: person.name } : { id: token.page };
    }
    const feed = /^\/(\d+)\/feed$/.exec(path);
    if (feed && method === "POST") return this.#post(token, String(bearer), String(feed[1]), parameters);
    throw new Refusal(404, 803, "Unsupported request");
  }

  #name(kind: string): string {
    this.#count += 1;
    return `${kind}-${this.#count}-of-the-pages-network`;
  }

  #issue(person: string, page: string | null): string {
    const value = this.#name(page === null ? "person" : "page");
    const endsAt = page === null ? this.now() + 60 * day : null;
    this.tokens.set(value, { person, page, endsAt, issuedAt: this.now(), dead: false });
    return value;
  }

  #redeem(parameters: URLSearchParams): unknown {
    const code = String(parameters.get("code"));
    const known = this.#codes.get(code);
    this.#codes.delete(code);
    if (!known || known.redirectUri !== parameters.get("redirect_uri")) throw new Refusal(400, 100, "Invalid code");
    if (parameters.get("client_id") !== "client" || parameters.get("client_secret") !== "client-secret") {
      throw new Refusal(400, 101, "Error validating application");
    }
    return { access_token: this.#issue(known.person, null), token_type: "bearer", expires_in: (60 * day) / 1000 };
  }

  #extend(value: string): unknown {
    const { person, page } = this.#tokenOf(value);
    if (page !== null) throw new Refusal(400, 100, "A Page's token cannot be extended");
    return { access_token: this.#issue(person, null), token_type: "bearer", expires_in: (60 * day) / 1000 };
  }

  /** Asked with the app's own token; data access ends 90 days after the login. Seconds, and 0 for never. */
  #debug(parameters: URLSearchParams): unknown {
    if (parameters.get("access_token") !== "client|client-secret") throw new Refusal(400, 190, "Not the app's token");
    const { endsAt, issuedAt } = this.#tokenOf(parameters.get("input_token"));
    return {
      expires_at: endsAt === null ? 0 : Math.floor(endsAt / 1000),
      data_access_expires_at: Math.floor((issuedAt + 90 * day) / 1000),
      ...(this.granted ? { scopes: this.granted } : {}),
    };
  }

  /** The platform changed its mind, as it may. */
  shorten(value: string, days: number): void {
    const token = this.tokens.get(value);
    if (token) token.endsAt = this.now() + days * day;
  }

  #tokenOf(value: string | null): IssuedToken {
    const token = value === null ? undefined : this.tokens.get(value);
    if (!token) throw new Refusal(400, 190, "Invalid OAuth access token");
    if (token.dead) throw new Refusal(400, 190, "The session has been invalidated");
    if (token.endsAt !== null && token.endsAt <= this.now()) throw new Refusal(400, 190, "Session has expired");
    return token;
  }

  /** Two a time. */
  #list({ page }: IssuedToken, { id, roles }: Person, after: string | null): unknown {
    if (page !== null) throw new Refusal(400, 100, "A Page has no Pages");
    const all = [...roles].map(([pageId, tasks]) => ({ id: pageId, name: this.pages.get(pageId), tasks }));
    const from = after === null ? 0 : Number(after);
    const data = all.slice(from, from + 2).map((each) => ({ ...each, access_token: this.#issue(id, each.id) }));
    return { data, next: from + 2 < all.length ? String(from + 2) : null };
  }

  #remove({ person, page }: IssuedToken): unknown {
    if (page !== null) throw new Refusal(400, 100, "Only a person can do that");
    this.changePassword(person);
    return { success: true };
  }

  #post({ page }: IssuedToken, token: string, wanted: string, parameters: URLSearchParams): unknown {
    if (page !== wanted) throw new Refusal(403, 200, "Publish as the Page, with its own token");
    this.posts.push({ page, text: String(parameters.get("message")), token });
    return { id: `${page}_${this.posts.length}` };
  }
}

export async function startPagesNetwork(): Promise<PagesNetwork> {
  const network = new PagesNetwork();
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const { pathname, searchParams } = new URL(request.url ?? "", "http://server");
    const parameters = new URLSearchParams([...searchParams, ...new URLSearchParams(body)]);
    const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? null;
    network.asked.push(`${request.method} ${pathname}`);
    const { status, told } = answered(network, String(request.method), pathname, parameters, bearer);
    const date = new Date(network.now()).toUTCString();
    response.writeHead(status, { "content-type": "application/json", date }).end(JSON.stringify(told));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  network.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return network;
}

function answered(network: PagesNetwork, ...[method, path, parameters, bearer]: Parameters<PagesNetwork["answer"]>) {
  try {
    return { status: 200, told: network.answer(method, path, parameters, bearer) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { status, code, message } = error;
    return { status, told: { error: { message, type: "OAuthException", code } } };
  }
}
