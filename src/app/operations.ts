/** What commands need an open key for. Done here, or by the daemon that has the vault open already. */
import type { Failure } from "../domain/failure.ts";
import type { ConnectedAccount } from "../domain/ports/vault.ts";
import type { Instant } from "../domain/time.ts";
import type { DeliveryResult } from "./deliver.ts";
import type { Disconnected } from "./disconnect.ts";
import type { Told } from "./notify.ts";
import type { PostsRequest } from "./posts.ts";
import type { PublishRequest } from "./publish.ts";
import type { PublishResult } from "./publish-post.ts";
import type { RefreshResult } from "./refresh-accounts.ts";
import type { Services } from "./services.ts";
import type { FreshTokenOptions } from "./token-in-hand.ts";
import type { LiveCheck } from "./token-status.ts";
import { type HearUploads, heard } from "./upload-progress.ts";

/** A token to be shown or used by another program. */
export interface HandedToken {
  readonly accessToken: string;
  readonly tokenType: string;
  readonly expiresAt: Instant | null;
  /** Why a refresh that was due did not happen, though the token still lives. */
  readonly warning: Failure | null;
  /** The credential it is of. */
  readonly method: string;
  /** The account's first credential, where another one is used, and why. */
  readonly inPlaceOf: { readonly method: string; readonly failure: Failure } | null;
}

/** Each as the use case of its name: its answers, its failures. */
export interface Operations {
  freshToken(account: ConnectedAccount, options: FreshTokenOptions): Promise<HandedToken>;
  refresh(accounts: readonly ConnectedAccount[], options: { readonly force: boolean }): Promise<RefreshResult[]>;
  checkLive(accounts: readonly ConnectedAccount[]): Promise<LiveCheck[]>;
  /** `hear`: told how far its files are on their way. */
  publish(request: PublishRequest, hear?: HearUploads): Promise<PublishResult>;
  changePosts(request: PostsRequest): Promise<DeliveryResult[]>;
  disconnect(account: ConnectedAccount, options: { readonly revoke: boolean }): Promise<Disconnected>;
  /** Sends what the owner is to be told by now. Not asked of a daemon: it does so by itself. */
  tell(options: { readonly signal: AbortSignal }): Promise<Told[]>;
}

/** What a daemon is asked for. */
export type Askable = Exclude<keyof Operations, "tell">;

/** With the vault and the key of this process. */
export function operationsHere(services: Services): Operations {
  return {
    freshToken: async (account, options) => {
      const { ensureFreshToken } = await import("./fresh-token.ts");
      const { accessToken, credential, warning, inPlaceOf } = await ensureFreshToken(services, account, {
        ...options,
        presentable: true,
      });
      return {
        accessToken,
        tokenType: credential.tokenType,
        expiresAt: credential.accessExpiresAt,
        warning,
        method: credential.method,
        inPlaceOf: inPlaceOf && { method: inPlaceOf.credential.method, failure: inPlaceOf.failure },
      };
    },
    refresh: async (accounts, options) => {
      const { refreshAccounts } = await import("./refresh-accounts.ts");
      return refreshAccounts(services, accounts, options);
    },
    checkLive: async (accounts) => {
      const { checkLive } = await import("./token-status.ts");
      return Promise.all(accounts.map((account) => checkLive(services, account)));
    },
    publish: async (request, hear) => {
      const { publishPost } = await import("./publish-post.ts");
      return publishPost(hear ? heard(services, hear) : services, request);
    },
    changePosts: async (request) => {
      const { changePosts } = await import("./posts.ts");
      return changePosts(services, request);
    },
    disconnect: async (account, options) => {
      const { disconnectAccount } = await import("./disconnect.ts");
      return disconnectAccount(services, account, options);
    },
    tell: async (options) => {
      const { dispatchNotifications } = await import("./notify.ts");
      return dispatchNotifications(services, options);
    },
  };
}
