/** How `tokens print` writes a token, by format: as another program presents it to the platform. */
import type { HandedToken } from "../../app/operations.ts";
import { addressOf } from "../../domain/account.ts";
import { Failure } from "../../domain/failure.ts";
import type { ConnectedAccount } from "../../domain/ports/vault.ts";
import { toTimestampOrNull } from "../../domain/time.ts";
import type { Presentation } from "../../platforms/platform.ts";

type Render = (account: ConnectedAccount, token: HandedToken, presentation: Presentation | undefined) => string;

/** @throws Failure `platform_cannot` for what nobody can present so */
export const tokenFormats: Readonly<Record<string, Render>> = {
  token: (account, { accessToken }, presentation) => {
    refuseNothing(account, presentation);
    return accessToken;
  },
  header: headerLine,
  env: (account, { accessToken }, presentation) => {
    refuseNothing(account, presentation);
    return `export ${variableFor(account)}=${shellQuoted(accessToken)}`;
  },
  json: (account, { accessToken, tokenType, expiresAt }, presentation) => {
    refuseNothing(account, presentation);
    return JSON.stringify({
      account: addressOf(account),
      accessToken,
      tokenType: presentation ? null : tokenType,
      presentation: presentation ?? null,
      expiresAt: toTimestampOrNull(expiresAt),
    });
  },
};

/** As the platform wants it: a key may have a header of its own. */
function headerLine(account: ConnectedAccount, token: HandedToken, presentation: Presentation | undefined): string {
  const { accessToken, tokenType } = token;
  refuseNothing(account, presentation);
  switch (presentation?.in) {
    case "header":
      return `${presentation.name}: ${presentation.prefix ?? ""}${accessToken}`;
    case "basic":
      return `Authorization: Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(accessToken)))}`;
    case "path":
      throw new Failure("platform_cannot", `${addressOf(account)}: its key is a part of the address, not of a header`, {
        hint: "--format token prints the key alone",
      });
    default:
      return `Authorization: ${tokenType} ${accessToken}`;
  }
}

function refuseNothing(account: ConnectedAccount, presentation: Presentation | undefined): void {
  if (presentation?.in !== "nothing") return;
  throw new Failure("platform_cannot", `${addressOf(account)} has no token that another program could present`);
}

/** `X_ACCESS_TOKEN`, `GOOGLE_CALENDAR_ACCESS_TOKEN`. */
function variableFor(account: ConnectedAccount): string {
  return `${account.platform.toUpperCase().replaceAll("-", "_")}_ACCESS_TOKEN`;
}

/** For `eval`: a token is opaque, so nothing about its characters is assumed. */
function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
