/** Operations done by the daemon. What it did not begin, and what may safely be done twice, is done here instead. */
import { Failure, toFailure } from "../domain/failure.ts";
import { type AgentLink, AgentSilence } from "../domain/ports/agent.ts";
import { incoming, seen } from "./crossing.ts";
import type { Askable, HandedToken, Operations } from "./operations.ts";
import type { Services } from "./services.ts";
import type { UploadProgress } from "./upload-progress.ts";

export interface ThereSettings {
  readonly link: AgentLink;
  readonly services: Pick<Services, "keepSecret">;
  /** How to do it without the daemon. */
  readonly here: Operations;
  /** For `--debug`. */
  readonly trace: (line: string) => void;
}

export function operationsThere({ link, services, here, trace }: ThereSettings): Operations {
  let alone = false;
  const ask = async <Name extends Askable>(
    name: Name,
    input: unknown,
    instead: (silence: AgentSilence) => ReturnType<Operations[Name]>,
    hear?: (news: unknown) => void,
  ): Promise<Awaited<ReturnType<Operations[Name]>>> => {
    let value: unknown;
    try {
      trace(`asking the daemon: ${name}`);
      value = incoming(await link.ask(name, input, hear));
    } catch (error) {
      if (!(error instanceof AgentSilence)) throw error;
      alone = true;
      trace(`${name}: ${error.message}${error.begun ? ", after it had begun" : ""}`);
      return await instead(error);
    }
    if (!(value instanceof Failure)) return value as Awaited<ReturnType<Operations[Name]>>;
    if (value.category !== "locked") throw value;
    // It has no key (any more), so it did nothing; this process may have one.
    alone = true;
    trace(`${name}: the daemon cannot open the vault (${value.message})`);
    return await instead(new AgentSilence(value.message, false));
  };
  return {
    freshToken: async (account, options) => {
      const token: HandedToken = await ask("freshToken", { accounts: [seen(account)], ...options }, () =>
        here.freshToken(account, options),
      );
      services.keepSecret(token.accessToken);
      return token;
    },
    // A forced refresh that the daemon did do is noticed by the generation, and not done again.
    refresh: (accounts, options) =>
      ask("refresh", { accounts: accounts.map(seen), ...options }, () => here.refresh(accounts, options)),
    checkLive: (accounts) => ask("checkLive", { accounts: accounts.map(seen) }, () => here.checkLive(accounts)),
    // By its id it is the same post, which is not sent twice: what the daemon had begun is found out and gone on with.
    publish: (request, hear) => {
      const { accounts, ...post } = request;
      return ask(
        "publish",
        { accounts: accounts.map(seen), ...post },
        (silence) => (silence.begun ? here.publish(request, hear).catch(mayBePublic) : here.publish(request, hear)),
        hear && ((news) => hear(news as UploadProgress)),
      );
    },
    changePosts: (request) => ask("changePosts", { accounts: [], ...request }, () => here.changePosts(request)),
    // Revoking a token that is revoked is no error (RFC 7009 section 2.2).
    disconnect: (account, options) =>
      ask("disconnect", { accounts: [seen(account)], ...options }, () => here.disconnect(account, options)),
    tell: async (options) => (alone ? here.tell(options) : []),
  };
}

/** The daemon had begun to post, and without a key nothing can be found out here. */
function mayBePublic(error: unknown): never {
  const failure = toFailure(error);
  if (failure.category !== "locked") throw failure;
  throw new Failure("delivery_unknown", `the daemon ended while it was posting, and ${failure.message}`, {
    hint: "agencyiq posts list tells how it stands; the next daemon goes on with it, and sends nothing twice",
    cause: failure,
  });
}
