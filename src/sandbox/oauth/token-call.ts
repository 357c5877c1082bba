/** One call of a token endpoint, and how it is refused. */
import type { SandboxClient } from "../options.ts";
import type { World } from "../world.ts";
import type { OAuthRules, RefusalReason } from "./rules.ts";

/** A refusal on its way to the error body; `subject` is the parameter it is about. */
export class OAuthRefusal extends Error {
  override readonly name = "OAuthRefusal";
  readonly reason: RefusalReason;
  readonly subject: string;

  constructor(reason: RefusalReason, subject = "") {
    super(reason);
    this.reason = reason;
    this.subject = subject;
  }
}

export interface TokenCall {
  readonly world: World;
  readonly rules: OAuthRules;
  readonly client: SandboxClient;
  readonly form: URLSearchParams;
  readonly withoutRefreshToken: boolean;
}

export function required(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (!value) throw new OAuthRefusal("missing_parameter", name);
  return value;
}
