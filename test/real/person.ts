/** A person in front of oidc-provider's pages: follows links and sends forms as a browser without script does. */

export interface Decision {
  /** Who logs in (default `alice`). */
  readonly login?: string;
  /** Presses Cancel in place of Continue. */
  readonly deny?: boolean;
}

/**
 * Opens an authorize page, logs in and consents.
 * @returns where the server sends the browser back to; not opened, so that the test can
 */
export async function approve(url: string, decision: Decision = {}): Promise<string> {
  const end = await walk(url, decision);
  if (end.kind === "left") return end.url;
  throw new Error(`the server kept the visitor:\n${end.page}`);
}

/** Opens the device page with the code filled in, confirms it, logs in and consents (RFC 8628 section 3.3.1). */
export async function approveDevice(verificationUriComplete: string, decision: Decision = {}): Promise<void> {
  const end = await walk(verificationUriComplete, decision);
  const expected = decision.deny ? "interrupted" : "Sign-in Success";
  if (end.kind === "stayed" && end.page.includes(expected)) return;
  throw new Error(`the device page did not say "${expected}": ${end.kind === "left" ? end.url : end.page}`);
}

type End = { readonly kind: "left"; readonly url: string } | { readonly kind: "stayed"; readonly page: string };

interface Step {
  readonly url: string;
  readonly form?: URLSearchParams;
}

async function walk(start: string, decision: Decision): Promise<End> {
  const { origin } = new URL(start);
  const cookies = new CookieJar();
  let step: Step = { url: start };
  for (let count = 0; count < 20; count += 1) {
    const response = await visit(step, cookies);
    const location = response.headers.get("location");
    if (location !== null) {
      const url = new URL(location, step.url).href;
      if (new URL(url).origin !== origin) return { kind: "left", url };
      step = { url };
      continue;
    }
    const page = await response.text();
    if (!response.ok) return { kind: "stayed", page };
    const next = decide(page, step.url, decision);
    if (next === null) return { kind: "stayed", page };
    step = next;
  }
  throw new Error(`went round in circles, last at ${step.url}`);
}

async function visit({ url, form }: Step, cookies: CookieJar): Promise<Response> {
  const response = await fetch(url, {
    method: form ? "POST" : "GET",
    redirect: "manual",
    headers: { accept: "text/html", cookie: cookies.header(new URL(url).pathname) },
    ...(form ? { body: form } : {}),
  });
  for (const line of response.headers.getSetCookie()) cookies.keep(line);
  return response;
}

/** What the person does with a page; null when there is nothing left to do. */
function decide(page: string, url: string, { login = "alice", deny = false }: Decision): Step | null {
  const cancel = /<a href="([^"]+)">\[ Cancel \]<\/a>/.exec(page)?.[1];
  if (deny && cancel) return { url: new URL(unescaped(cancel), url).href };
  const form = /<form[^>]*action="([^"]*)"[^>]*>(.*?)<\/form>/s.exec(page);
  // The bare code form is what a denied device flow ends on.
  if (form?.[1] === undefined || form[2] === undefined || page.includes('class="red"')) return null;
  const fields = new URLSearchParams();
  for (const [input] of form[2].matchAll(/<input[^>]*>/g)) {
    const name = attribute(input, "name");
    if (name !== null) fields.set(name, attribute(input, "value") ?? "");
  }
  if (fields.has("login")) fields.set("login", login);
  if (fields.has("password")) fields.set("password", "any");
  if (deny && fields.has("confirm")) {
    fields.delete("confirm");
    fields.set("abort", "yes");
  }
  return { url: new URL(unescaped(form[1]), url).href, form: fields };
}

function attribute(tag: string, name: string): string | null {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1];
  return value === undefined ? null : unescaped(value);
}

function unescaped(html: string): string {
  return html
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

/** Cookies of one server, by path: the interaction cookies of oidc-provider are bound to theirs. */
class CookieJar {
  readonly #cookies = new Map<string, { name: string; value: string; path: string }>();

  keep(line: string): void {
    const [pair = "", ...attributes] = line.split(/;\s*/);
    const [name = "", value = ""] = pair.split(/=(.*)/s);
    const path = attributes.find((text) => text.startsWith("path="))?.slice("path=".length) ?? "/";
    const expires = attributes.find((text) => text.startsWith("expires="))?.slice("expires=".length);
    const key = `${name} ${path}`;
    if (expires !== undefined && Date.parse(expires) <= Date.now()) this.#cookies.delete(key);
    else this.#cookies.set(key, { name, value, path });
  }

  header(path: string): string {
    return [...this.#cookies.values()]
      .filter((cookie) => path === cookie.path || path.startsWith(cookie.path.replace(/\/?$/, "/")))
      .map(({ name, value }) => `${name}=${value}`)
      .join("; ");
  }
}
