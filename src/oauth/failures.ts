import * as oauth from "oauth4webapi";
import { Failure, type FailureCode } from "../domain/failure.ts";
import { HttpFailure } from "../domain/ports/http.ts";

interface ErrorMeaning {
  readonly code: FailureCode;
  readonly text: string;
  readonly hint?: string;
}

/** What an OAuth error code means while connecting (RFC 6749 sections 4.1.2.1 and 5.2, RFC 8628 section 3.5). */
const meanings: Readonly<Record<string, ErrorMeaning>> = {
  access_denied: {
    code: "consent_denied",
    text: "access was denied",
    hint: "approve it this time: agencyiq connect PLATFORM",
  },
  expired_token: {
    code: "authorization_timeout",
    text: "the code was not entered in time",
    hint: "enter it sooner: agencyiq connect PLATFORM --device",
  },
  // LinkedIn's words.
  user_cancelled_login: {
    code: "consent_denied",
    text: "nobody signed in",
    hint: "approve it this time: agencyiq connect PLATFORM",
  },
  user_cancelled_authorize: {
    code: "consent_denied",
    text: "access was denied",
    hint: "approve it this time: agencyiq connect PLATFORM",
  },
  unauthorized_scope_error: {
    code: "app_refused",
    text: "the developer app may not ask for a scope",
    hint: "add the product that grants it in the developer app, or choose scopes with --scope",
  },
  invalid_grant: {
    code: "code_expired",
    text: "the code has expired, was used before, or belongs to another redirect URI",
    hint: "codes live for seconds; go again: agencyiq connect PLATFORM",
  },
  invalid_client: {
    code: "app_refused",
    text: "the developer app was refused (client id or secret)",
    hint: "check them with: agencyiq apps set PLATFORM",
  },
  unauthorized_client: {
    code: "app_refused",
    text: "the developer app may not do this",
    hint: "check the app's type and secret: agencyiq apps set PLATFORM",
  },
  invalid_scope: {
    code: "app_refused",
    text: "a scope was refused",
    hint: "choose scopes with --scope, or allow them in the developer app",
  },
  temporarily_unavailable: {
    code: "platform_fault",
    text: "the server is unavailable for now",
    hint: "try again later",
  },
  server_error: { code: "platform_fault", text: "the server failed", hint: "try again later" },
};

/** Servers have errors of their own: X says invalid_request to a code that has expired. */
const otherRefusal: ErrorMeaning = {
  code: "authorization_failed",
  text: "the server refused",
  hint: "connect again; if it stays so, compare the developer app with: agencyiq apps show PLATFORM",
};

/** Any error of a connect or revoke step as a Failure. Descriptions come from the server and hold no secret of ours. */
export function authorizationFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof oauth.ResponseBodyError || error instanceof oauth.AuthorizationResponseError) {
    return oauthFailure(error.error, error.error_description, error);
  }
  if (error instanceof HttpFailure) return networkFailure(error);
  if (error instanceof oauth.WWWAuthenticateChallengeError) {
    return oauthFailure(String(error.cause[0]?.parameters["error"] ?? "invalid_client"), undefined, error);
  }
  if (error instanceof oauth.OperationProcessingError) {
    const status = statusOf(error.cause);
    if (status !== null && status >= 500) {
      return new Failure("platform_fault", `the server answered ${status}`, { hint: "try again later", cause: error });
    }
    return new Failure("authorization_failed", `the server's answer was not valid: ${error.message}`, { cause: error });
  }
  return new Failure("authorization_failed", error instanceof Error ? error.message : String(error), { cause: error });
}

export function networkFailure(error: HttpFailure): Failure {
  // It was not to be sent.
  if (error.cause instanceof Failure) return error.cause;
  return new Failure("network", `no answer: ${error.message}`, {
    hint: "check the connection and run it again",
    cause: error,
  });
}

/** What an error code of the token endpoint means while connecting. */
export function oauthFailure(code: string, description: string | undefined, cause?: unknown): Failure {
  const meaning = meanings[code] ?? otherRefusal;
  const told = description ? `${code}: ${printable(description)}` : code;
  return new Failure(meaning.code, `${meaning.text} (${told})`, { hint: meaning.hint, cause });
}

/** A server's free text on one line, without control characters, at most 200 characters. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ").trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

function statusOf(cause: unknown): number | null {
  if (cause instanceof Response) return cause.status;
  const response = (cause as { response?: unknown } | undefined)?.response;
  return response instanceof Response ? response.status : null;
}
