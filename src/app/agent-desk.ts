/** The daemon's answers to other commands: looks up who is meant, does it, and lets no secret out but a token asked for. */
import type { Schedule } from "../domain/delivery.ts";
import { Failure, toFailure } from "../domain/failure.ts";
import type { AnswerAgentRequest } from "../domain/ports/agent.ts";
import type { ConnectedAccount, Vault } from "../domain/ports/vault.ts";
import { draftOf } from "../domain/post.ts";
import { type AccountSeen, outgoing } from "./crossing.ts";
import { type Askable, type Operations, operationsHere } from "./operations.ts";
import type { PostsRequest } from "./posts.ts";
import type { Services } from "./services.ts";

export interface AgentDeskSettings {
  readonly services: Services;
  readonly redact: (text: string) => string;
}

type Input = Readonly<Record<string, unknown>>;

interface Counter {
  readonly here: Operations;
  readonly accounts: readonly ConnectedAccount[];
  readonly redact: (text: string) => string;
  /** Told on the way to the answer. */
  readonly tell: (news: unknown) => void;
}

interface Answering {
  /** Finished when the daemon is to end, rather than left to be done again elsewhere. */
  readonly finishes: boolean;
  readonly answer: (counter: Counter, input: Input) => Promise<unknown>;
}

const answers: { readonly [Name in Askable]: Answering } = {
  freshToken: {
    finishes: false,
    answer: async ({ here, accounts, redact }, { validity, force }) => {
      const options = { force: force === true, ...(typeof validity === "number" ? { validity } : {}) };
      const { accessToken, ...told } = await here.freshToken(only(accounts), options);
      // The one secret that crosses: it is what was asked for.
      return { ...(outgoing(told, redact) as object), accessToken };
    },
  },
  refresh: {
    finishes: false,
    answer: async ({ here, accounts, redact }, { force }) =>
      outgoing(await here.refresh(accounts, { force: force === true }), redact),
  },
  checkLive: {
    finishes: false,
    answer: async ({ here, accounts, redact }) => outgoing(await here.checkLive(accounts), redact),
  },
  publish: {
    finishes: true,
    answer: async ({ here, accounts, redact, tell }, { id, draft, brand, key, schedule, overQuota }) => {
      const request = {
        id: textOf(id),
        draft: draftOf(inputOf(draft)),
        brand: textOf(brand),
        key: key === null ? null : textOf(key),
        accounts,
        schedule: scheduleOf(schedule),
        overQuota: overQuota === true,
      };
      return outgoing(await here.publish(request, (progress) => tell(outgoing(progress, redact))), redact);
    },
  },
  changePosts: {
    finishes: true,
    answer: async ({ here, redact }, input) => outgoing(await here.changePosts(postsRequestOf(input)), redact),
  },
  disconnect: {
    finishes: true,
    answer: async ({ here, accounts, redact }, { revoke }) =>
      outgoing(await here.disconnect(only(accounts), { revoke: revoke !== false }), redact),
  },
};

export function agentDesk({ services, redact }: AgentDeskSettings): AnswerAgentRequest {
  return async ({ operation, input, gone, ending, tell }) => {
    const told = Object.hasOwn(answers, operation) ? answers[operation as Askable] : null;
    const until = untilStopped(services, told?.finishes ? [gone] : [gone, ending]);
    let value: unknown;
    try {
      if (told === null) throw nonsense(`operation ${JSON.stringify(operation)}`);
      const vault = await services.vault();
      const accounts = await accountsMeant(vault, inputOf(input)["accounts"]);
      await noticeNewKeys(vault, accounts);
      const here = operationsHere(until.services);
      value = await told.answer({ here, accounts, redact, tell }, inputOf(input));
      if (operation === "publish" || operation === "changePosts") services.observe?.({ kind: "posts" });
    } catch (error) {
      value = outgoing(toFailure(error), redact);
    }
    return until.stopped() ? { stopped: true } : { value };
  };
}

/** Services that finish what was begun (a refresh that was sent is stored) and begin nothing after a signal. */
function untilStopped(services: Services, signals: readonly AbortSignal[]) {
  let some = false;
  const uninterrupted: Services["uninterrupted"] = async (work) => {
    if (!signals.some(({ aborted }) => aborted)) return services.uninterrupted(work);
    some = true;
    throw new Failure("unexpected", "stopped");
  };
  return { services: { ...services, uninterrupted }, stopped: () => some };
}

/**
 * Somebody may have rotated the vault's keys since the daemon opened it. The first look at a secret then fails, and the
 * next one reads the key again; a command that asks must not be the one to find out.
 */
async function noticeNewKeys(vault: Vault, accounts: readonly ConnectedAccount[]): Promise<void> {
  const [credential] = accounts.flatMap(({ credentials }) => credentials);
  // What else is wrong, the operation itself says.
  if (credential) await vault.secret(credential, "access_token").catch(() => null);
}

/** As they are now, with the generations that the asker had seen: see `AccountSeen`. */
async function accountsMeant(vault: Vault, told: unknown): Promise<ConnectedAccount[]> {
  if (!Array.isArray(told)) throw nonsense("accounts");
  const now = new Map((await vault.accounts()).map((account) => [account.id, account]));
  return told.map(requireSeen).map(({ id, generations }) => {
    const account = now.get(id);
    if (!account)
      throw new Failure("not_connected", "the account is not connected", { hint: "agencyiq accounts list" });
    const credentials = account.credentials.map((credential) => ({
      ...credential,
      generation: numberOr(generations[credential.id], credential.generation),
    }));
    return { ...account, credentials };
  });
}

function requireSeen(told: unknown) {
  const { id, generations } = inputOf(told) as Partial<Record<keyof AccountSeen, unknown>>;
  return { id: textOf(id), generations: inputOf(generations) };
}

function scheduleOf(told: unknown): Schedule | null {
  if (told === null) return null;
  const { at, text, timeZone, maxLate, whenLate } = inputOf(told);
  if (typeof at !== "number") throw nonsense("schedule");
  return {
    at,
    text: text === null ? null : textOf(text),
    timeZone: timeZone === null ? null : textOf(timeZone),
    maxLate: typeof maxLate === "number" ? maxLate : null,
    whenLate: whenLate === "send" || whenLate === "skip" || whenLate === "ask" ? whenLate : null,
  };
}

function postsRequestOf({ action, ids, published, postId, draft, schedule, overQuota: over }: Input): PostsRequest {
  const overQuota = over === true;
  if (action === "edit") {
    const changed = draft === null ? null : draftOf(inputOf(draft));
    return { action, postId: textOf(postId), draft: changed, schedule: scheduleOf(schedule), overQuota };
  }
  if (!Array.isArray(ids)) throw nonsense("ids");
  const named = ids.map(textOf);
  if (action === "settle") {
    const { url, remoteId } = published === null ? {} : inputOf(published);
    return {
      action,
      ids: named,
      published: published === null ? null : { url: textOf(url), remoteId: textOf(remoteId) },
    };
  }
  if (action === "send") return { action, ids: named, overQuota };
  const known = (["look", "cancel", "approve", "delete"] as const).find((each) => each === action);
  if (!known) throw nonsense(`action ${JSON.stringify(action)}`);
  return { action: known, ids: named };
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}

function only(accounts: readonly ConnectedAccount[]): ConnectedAccount {
  const [account] = accounts;
  if (!account) throw nonsense("accounts");
  return account;
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  throw nonsense("text");
}

function inputOf(value: unknown): Input {
  if (typeof value === "object" && value !== null) return value as Input;
  throw nonsense("input");
}

function nonsense(what: string): Failure {
  return new Failure("protocol", `the daemon does not understand this request (${what})`);
}
