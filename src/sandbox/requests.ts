/** What was asked of the platforms, for tests and for people who wonder what their cron job did. */

export interface RecordedRequest {
  readonly at: string;
  readonly platform: string;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  /** null: the connection was cut without an answer. */
  readonly status: number | null;
  /** Form and query fields that are no secret. */
  readonly fields: Readonly<Record<string, string>>;
  /** The kind of the fault that was applied. */
  readonly fault: string | null;
}

/** A field is shown only if it is named here: a new secret field is then hidden by itself. */
const harmlessFields = new Set([
  "grant_type",
  "response_type",
  "client_id",
  "client_key",
  "redirect_uri",
  "scope",
  "code_challenge_method",
  "token_type_hint",
  "continuous_refresh",
  "x_auth_access_type",
  "decision",
  "person",
  "max_results",
  "user.fields",
  "post.fields",
  "tweet.fields",
]);

export function harmlessFieldsOf(parameters: Iterable<[string, string]>): Record<string, string> {
  return Object.fromEntries([...parameters].filter(([name]) => harmlessFields.has(name)));
}

const kept = 1000;

export class Requests {
  readonly #requests: RecordedRequest[] = [];

  add(request: RecordedRequest): void {
    this.#requests.push(request);
    if (this.#requests.length > kept) this.#requests.shift();
  }

  /** Oldest first. */
  list(platform: string | null): RecordedRequest[] {
    return this.#requests.filter((request) => platform === null || request.platform === platform);
  }

  clear(): void {
    this.#requests.length = 0;
  }
}
