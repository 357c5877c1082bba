/** A plain client of LinkedIn, over fetch: what the tests drive the sandbox with. */
import type { Sandbox } from "../../src/sandbox/options.ts";

export const redirectUri = "http://127.0.0.1:8791/callback/linkedin";

export const apps = {
  member: {
    id: "sandbox-linkedin-client",
    secret: "sandbox-linkedin-secret",
    scope: "openid profile email w_member_social",
  },
  pages: {
    id: "sandbox-linkedin-pages",
    secret: "sandbox-linkedin-pages-secret",
    scope: "r_basicprofile w_organization_social r_organization_social rw_organization_admin w_member_social",
  },
} as const;

export type AppName = keyof typeof apps;

/** Every field of an answer that a test looks at; which of them are there is what the test is about. */
export interface Answer {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly scope: string;
  readonly error: string;
  readonly code: string;
  readonly message: string;
  readonly status: number;
  readonly serviceErrorCode: number;
  readonly value: {
    readonly uploadUrl: string;
    readonly image: string;
    readonly video: string;
    readonly uploadToken: string;
    readonly uploadInstructions: { uploadUrl: string; firstByte: number; lastByte: number }[];
  };
  readonly elements: { readonly commentary: string; readonly organization: string; readonly role: string }[];
  readonly [field: string]: unknown;
}

export const versioned = { "linkedin-version": "202607", "x-restli-protocol-version": "2.0.0" };

export class LinkedInClient {
  readonly url: string;

  constructor(sandbox: Pick<Sandbox, "url">) {
    this.url = sandbox.url;
  }

  authorize(app: AppName, changes: Record<string, string> = {}): Promise<Response> {
    const url = new URL(`${this.url}/www.linkedin.com/oauth/v2/authorization`);
    const { id, scope } = apps[app];
    const parameters = { response_type: "code", client_id: id, redirect_uri: redirectUri, scope, state: "a-state" };
    for (const [name, value] of Object.entries({ ...parameters, ...changes })) url.searchParams.set(name, value);
    return fetch(url, { redirect: "manual" });
  }

  async code(app: AppName, { person = "acme", ...changes }: Record<string, string> = {}): Promise<string> {
    const page = await (await this.authorize(app, changes)).text();
    const [, request = ""] = /name="request" value="([^"]+)"/.exec(page) ?? [];
    const answer = await fetch(`${this.url}/www.linkedin.com/oauth/v2/authorization`, {
      method: "POST",
      body: new URLSearchParams({ request, decision: "approve", person }),
      redirect: "manual",
    });
    return new URL(answer.headers.get("location") ?? "").searchParams.get("code") ?? "";
  }

  form(path: string, app: AppName, fields: Record<string, string>): Promise<Response> {
    const { id, secret } = apps[app];
    return fetch(`${this.url}/www.linkedin.com/oauth/v2/${path}`, {
      method: "POST",
      body: new URLSearchParams({ client_id: id, client_secret: secret, ...fields }),
    });
  }

  async connect(app: AppName, changes: Record<string, string> = {}): Promise<Answer> {
    const code = await this.code(app, changes);
    const fields = { grant_type: "authorization_code", code, redirect_uri: redirectUri };
    return (await this.form("accessToken", app, fields)).json() as Promise<Answer>;
  }

  call(
    method: string,
    path: string,
    token: string | null,
    { json, headers = versioned }: { json?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Response> {
    return fetch(`${this.url}/api.linkedin.com${path}`, {
      method,
      headers: {
        ...headers,
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(json === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
  }

  control(method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`${this.url}/_sandbox${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
  }
}

/** A post of words alone. */
export function textPost(author: string, commentary: string, more: object = {}): Record<string, unknown> {
  return {
    author,
    commentary,
    visibility: "PUBLIC",
    distribution: { feedDistribution: "MAIN_FEED", targetEntities: [], thirdPartyDistributionChannels: [] },
    lifecycleState: "PUBLISHED",
    isReshareDisabledByAuthor: false,
    ...more,
  };
}

export async function timelineOf({ url }: { readonly url: string }): Promise<Record<string, unknown>[]> {
  const { posts } = (await (await fetch(`${url}/timeline.json`)).json()) as { posts: Record<string, unknown>[] };
  return posts;
}
