/** Sends one delivery, whose lock is held: doubts first, then its parts in order. Every step of it may be the last one. */
import { addressOf } from "../domain/account.ts";
import {
  type Delivery,
  type DeliveryError,
  type DeliveryPart,
  type DeliveryState,
  doubtfulPart,
  type Post,
} from "../domain/delivery.ts";
import { judgeTry, retryLimit, type TryVerdict } from "../domain/delivery-outcome.ts";
import { Failure } from "../domain/failure.ts";
import type { ConnectedAccount, Vault } from "../domain/ports/vault.ts";
import { contentFor } from "../domain/post.ts";
import { postFailed, postUnknown } from "../domain/post-notification.ts";
import { hours } from "../domain/time.ts";
import type { Api, Message, Platform, Published, Publishing, Step } from "../platforms/platform.ts";
import type { DeliverOptions, DeliveryResult, Parcel } from "./deliver.ts";
import { canBeTold, lookInto } from "./doubt.ts";
import { aboutAccount, ensureFreshToken } from "./fresh-token.ts";
import { messagesOf, partCount } from "./messages.ts";
import { limitsOf } from "./methods.ts";
import { requireScopes } from "./missing-scopes.ts";
import { apiForAccount } from "./platform-api.ts";
import type { Services } from "./services.ts";
import type { Fallback } from "./token-in-hand.ts";

/** What an upload gave is used again for so long, where the platform's page says nothing else (milliseconds). */
const uploadsKeep = hours(12);

/** The error of a delivery whose second request the platform took for a copy of the first. */
const provenDuplicate = "duplicate_content";

interface Request {
  /** It was begun, so it may have been carried out. */
  left: boolean;
  readonly repeated: boolean;
}

const claimable: readonly DeliveryState[] = ["scheduled", "retrying", "failed", "canceled", "sending", "unknown"];

export class Courier {
  readonly #services: Services;
  readonly #vault: Vault;
  readonly #platform: Platform;
  readonly #account: ConnectedAccount;
  readonly #post: Post;
  readonly #options: DeliverOptions;
  readonly #messages: readonly Message[];
  readonly #parts: number;
  /** Which part is the comment under the post; null: there is none. */
  readonly #comment: number | null;
  #delivery: Delivery;
  #fallback: Fallback | null = null;

  constructor(services: Services, vault: Vault, parcel: Parcel, options: DeliverOptions) {
    this.#services = services;
    this.#vault = vault;
    this.#platform = parcel.platform;
    this.#account = parcel.account;
    this.#post = parcel.post;
    this.#options = options;
    const content = contentFor(parcel.post.draft, parcel.platform.id);
    this.#messages = messagesOf(content, limitsOf(parcel.platform, parcel.account.facts));
    this.#parts = partCount(content);
    this.#comment = this.#parts > this.#messages.length ? this.#messages.length : null;
    this.#delivery = parcel.delivery;
  }

  /** Until it is over, or is to be taken up again later than whoever waits would like to wait. */
  async run(): Promise<DeliveryResult> {
    const { clock, stopping } = this.#services;
    const end = clock.now() + this.#options.patience;
    while (true) {
      const result = await this.#once();
      const { state, dueAt } = result.delivery;
      const goesOn = state === "retrying" || state === "unknown";
      if (!goesOn || this.#options.onlyLook || dueAt === null || dueAt > end || stopping?.aborted) return result;
      const slept = await clock.sleep(Math.max(0, dueAt - clock.now()), stopping).then(
        () => true,
        () => false,
      );
      if (!slept) return result;
    }
  }

  async #once(): Promise<DeliveryResult> {
    const publishing = this.#platform.publish;
    if (!publishing) return this.#fail(new Failure("platform_cannot", `${this.#platform.name} cannot be posted to`));
    const doubtful = doubtfulPart(this.#delivery);
    if (doubtful) {
      const unresolved = await this.#resolve(this.#wayOf(publishing, doubtful.part), doubtful);
      if (unresolved) return unresolved;
    }
    if (this.#options.onlyLook) return this.#notPublished();
    const repeating = doubtfulPart(this.#delivery)?.part ?? null;
    const { overQuota = false } = this.#options;
    const claimed = await this.#vault.claimDelivery(this.#delivery.id, claimable, { repeating, overQuota });
    if (!claimed) return this.#told(await this.#present(), null);
    this.#delivery = claimed;
    return this.#sendParts(publishing);
  }

  /** null: nothing is in doubt any more, or the same request can safely be sent once more. */
  async #resolve(publishing: Publishing, part: DeliveryPart): Promise<DeliveryResult | null> {
    const { clock } = this.#services;
    const message = this.#messageOf(part.part);
    const earlier = this.#delivery.error;
    const finding = await lookInto({
      publishing,
      part,
      message,
      prepared: () => this.#vault.prepared(this.#delivery.id, part.part),
      api: () => this.#api(),
      idempotencyKey: this.#idempotencyKey(part.part),
      step: this.#stepOf(part.part),
      provenDuplicate: earlier?.code === provenDuplicate,
      clockSkew: this.#clockSkew(),
      now: () => clock.now(),
    });
    const why = earlier?.message ?? "its process ended while sending";
    switch (finding.kind) {
      case "published":
        return this.#keepPublished(part.part, { ...finding.published, foundBy: "platform" });
      case "absent":
        await this.#vault.withdrawPart(this.#delivery.id, part.part, false);
        return this.#refresh();
      case "repeatable":
        return this.#options.onlyLook ? this.#unknown(why, clock.now()) : null;
      case "later": {
        // Of a try that a quota put off beyond the limit, too: looking sends nothing.
        const until = Math.max(this.#delivery.giveUpAt ?? Number.POSITIVE_INFINITY, (part.sentAt ?? 0) + retryLimit);
        const goesOn = finding.at <= until;
        return this.#unknown(why, goesOn ? finding.at : null, finding.failure);
      }
      case "owner":
        return this.#unknown(why, null);
    }
  }

  async #sendParts(publishing: Publishing): Promise<DeliveryResult> {
    for (let part = 0; part < this.#parts; part += 1) {
      if (this.#part(part)?.state === "published") continue;
      const ended = await this.#sendPart(this.#wayOf(publishing, part), part);
      if (ended) return ended;
    }
    return this.#told(this.#delivery, null);
  }

  /** null: it is public, and the next one may follow. */
  async #sendPart(publishing: Publishing, part: number): Promise<DeliveryResult | null> {
    const message = this.#messageOf(part);
    const known = this.#part(part);
    const repeated = known?.state === "sending";
    let prepared: unknown = null;
    try {
      if (repeated) prepared = await this.#vault.prepared(this.#delivery.id, part);
      else requireScopes(this.#platform, this.#account, this.#services.clock.now(), [message]);
      if (!repeated && publishing.prepare)
        prepared = await publishing.prepare(this.#api(), message, this.#stepOf(part));
      // Refreshed before the intent: a process that dies in the middle of that has sent nothing.
      await ensureFreshToken(this.#services, this.#account);
      await this.#vault.beginPart(this.#delivery.id, part, { prepared, repeated });
    } catch (error) {
      return this.#ended(aboutAccount(error, this.#account), "harmless");
    }
    const request = { left: false, repeated };
    let published: Published;
    try {
      const sending = {
        prepared,
        idempotencyKey: this.#idempotencyKey(part),
        step: this.#stepOf(part),
        doubtedSince: known?.firstSentAt == null ? null : known.firstSentAt + this.#clockSkew(),
      };
      published = await publishing.commit(this.#watched(request), message, sending);
    } catch (error) {
      return this.#uncommitted(part, aboutAccount(error, this.#account), request);
    }
    return this.#keepPublished(part, published);
  }

  /** The request failed. Whether the post is public depends on what is known of it, and of those before it. */
  async #uncommitted(part: number, failure: Failure, { left, repeated }: Request): Promise<DeliveryResult> {
    await this.#refresh();
    const { doubts = 0 } = this.#part(part) ?? {};
    // A refusal of the second request says nothing of the first.
    const provesAnother = doubts > 0 && failure.code === provenDuplicate;
    if (repeated || provesAnother) return this.#unknown(failure.message, this.#nextTry(failure), failure);
    const phase = left ? "commit" : "harmless";
    if (this.#judge(failure, phase).state !== "unknown") {
      await this.#vault.withdrawPart(this.#delivery.id, part, true);
    }
    return this.#ended(failure, phase);
  }

  async #keepPublished(
    part: number,
    published: Published & { readonly foundBy?: "platform" },
  ): Promise<DeliveryResult | null> {
    const last = part === this.#parts - 1;
    try {
      this.#delivery = await this.#vault.publishPart(this.#delivery.id, part, published, last);
      return last ? this.#told(this.#delivery, null) : null;
    } catch (error) {
      // It is public. What is on disk says "unknown", and the next run finds it.
      const { message } = aboutAccount(error, this.#account);
      const failure = new Failure(
        "delivery_unknown",
        `it is public (${published.url}), but that was not stored: ${message}`,
        {
          hint: `agencyiq posts reconcile ${this.#delivery.id}`,
          cause: error,
        },
      );
      return { delivery: this.#delivery, failure: aboutAccount(failure, this.#account) };
    }
  }

  async #ended(failure: Failure, phase: "harmless" | "commit"): Promise<DeliveryResult> {
    const { state, dueAt, gaveUp } = this.#judge(failure, phase);
    if (state === "unknown") return this.#unknown(failure.message, this.#services.clock.now());
    if (state === "failed") return this.#fail(failure, gaveUp);
    const { code } = failure;
    const message = this.#soFar(failure.message);
    const again = `tried again by itself (agencyiq daemon, or publish --due); at once: agencyiq posts retry ${this.#delivery.id}`;
    const hint = failure.category === "later" ? again : (failure.hint ?? again);
    const finished = await this.#finish({ state, dueAt, error: { code, message, hint } });
    return this.#told(finished, aboutAccount(new Failure(code, message, { hint, cause: failure }), this.#account));
  }

  /** When a request that may be repeated is. */
  #nextTry(failure: Failure): number {
    return this.#judge(failure, "harmless").dueAt ?? this.#services.clock.now();
  }

  #judge(failure: Failure, phase: "harmless" | "commit"): TryVerdict {
    const { clock, random } = this.#services;
    const now = clock.now();
    const { attempts, giveUpAt } = this.#delivery;
    return judgeTry(failure, { phase, now, giveUpAt: giveUpAt ?? now, attempts, fraction: random.fraction() });
  }

  async #fail(failure: Failure, gaveUp = false): Promise<DeliveryResult> {
    const { code } = failure;
    const message = this.#soFar(gaveUp ? `${failure.message}; given up after a day` : failure.message);
    const hint = failure.hint ?? `once that is mended: agencyiq posts retry ${this.#delivery.id}`;
    const notification = postFailed(this.#post, this.#delivery, message);
    const finished = await this.#finish({ state: "failed", error: { code, message, hint }, notification });
    return this.#told(finished, aboutAccount(new Failure(code, message, { hint, cause: failure }), this.#account));
  }

  /** `lookAt`: when it is looked for again; null: nobody but its owner can tell. `because`: why that failed now. */
  async #unknown(why: string, lookAt: number | null, because: Failure | null = null): Promise<DeliveryResult> {
    const publishing = this.#platform.publish;
    const doubtful = doubtfulPart(this.#delivery)?.part ?? 0;
    const dueAt = publishing && canBeTold(this.#wayOf(publishing, doubtful)) ? lookAt : null;
    const { id, url } = this.#delivery;
    const where = (doubtful === this.#comment ? url : null) ?? this.#account.url ?? addressOf(this.#account);
    const hint =
      dueAt === null
        ? `look at ${where}, then: agencyiq posts reconcile ${id} --published URL (or --not-published)`
        : `it is looked for again by itself, and not sent blindly; now: agencyiq posts reconcile ${id}`;
    await this.#keepUnknown(dueAt, { code: because?.code ?? "delivery_unknown", message: why, hint }, where);
    const told = because === null ? why : `${why}; ${because.message}`;
    return this.#told(this.#delivery, aboutAccount(new Failure("delivery_unknown", told, { hint }), this.#account));
  }

  /** Said once: looking again is no news. */
  async #keepUnknown(dueAt: number | null, error: DeliveryError, where: string): Promise<void> {
    const { id, state, dueAt: before, error: earlier } = this.#delivery;
    if (state === "unknown" && before === dueAt) return;
    if (state === "unknown" && dueAt !== null) {
      await this.#vault.postponeDelivery(id, dueAt);
      await this.#refresh();
      return;
    }
    const notification = dueAt === null ? postUnknown(this.#post, this.#delivery, error.message, where) : undefined;
    const kept = { ...error, code: earlier?.code === provenDuplicate ? provenDuplicate : error.code };
    await this.#finish({ state: "unknown", dueAt, error: kept, notification });
  }

  /** Its owner asked how it stands, and it is not there. */
  async #notPublished(): Promise<DeliveryResult> {
    const hint = `send it: agencyiq posts retry ${this.#delivery.id}`;
    const error = { code: "not_published", message: this.#soFar("it did not go out"), hint };
    return this.#told(await this.#finish({ state: "failed", error }), null);
  }

  async #finish(outcome: Parameters<Vault["finishDelivery"]>[1]): Promise<Delivery> {
    this.#delivery = await this.#vault.finishDelivery(this.#delivery.id, outcome);
    return this.#delivery;
  }

  #told(delivery: Delivery, failure: Failure | null): DeliveryResult {
    this.#delivery = delivery;
    return { delivery, failure, fallback: this.#fallback };
  }

  async #present(): Promise<Delivery> {
    return (await this.#vault.delivery(this.#delivery.id)) ?? this.#delivery;
  }

  async #refresh(): Promise<null> {
    this.#delivery = await this.#present();
    return null;
  }

  /** In a thread, what is public already is part of the message. */
  #soFar(message: string): string {
    const total = this.#parts;
    const done = this.#delivery.parts.filter(({ state }) => state === "published").length;
    if (done > 0 && done === this.#comment) return `the post is public; its first comment: ${message}`;
    return total > 1 && done > 0 ? `${done} of ${total} parts are public; the next one: ${message}` : message;
  }

  #part(part: number): DeliveryPart | undefined {
    return this.#delivery.parts.find((known) => known.part === part);
  }

  /** A comment is sent as a message is, and nobody can be asked whether it is there. */
  #wayOf(publishing: Publishing, part: number): Publishing {
    if (part !== this.#comment) return publishing;
    const { comment } = publishing;
    const post = this.#part(0)?.remoteId ?? "";
    return {
      commit: async (api, { firstComment }) => {
        if (comment) return comment(api, post, firstComment ?? "");
        throw new Failure("platform_cannot", `${this.#platform.name} takes no comments from here`);
      },
    };
  }

  /** Each part answers the one before. */
  #messageOf(part: number): Message {
    const message = this.#messages[part === this.#comment ? 0 : part];
    if (!message)
      throw new Failure("usage", "the post has fewer parts than were sent", { hint: "agencyiq posts list" });
    const before = part === 0 || part === this.#comment ? null : (this.#part(part - 1)?.remoteId ?? null);
    return before === null ? message : { ...message, replyTo: before };
  }

  /** The platform's clock minus ours, as last measured; too early at worst (milliseconds). */
  #clockSkew(): number {
    return Math.min(0, ...this.#account.credentials.map(({ clockSkew }) => clockSkew));
  }

  #idempotencyKey(part: number): string {
    return `${this.#delivery.id}.${part}.${this.#post.revision}`;
  }

  #api(): Api {
    const onFallback = (fallback: Fallback) => {
      this.#fallback = fallback;
    };
    const waits = this.#options.force !== true;
    return apiForAccount(this.#services, this.#platform, this.#account, { onFallback, waits });
  }

  /** Notes whether a request that can make something public was begun. */
  #watched(request: Request): Api {
    const api = this.#api();
    const noting =
      (call: Api["post"]): Api["post"] =>
      (url, given) => {
        if (!given?.repeatable) request.left = true;
        return call(url, given);
      };
    const call: Api["call"] = (method, url, given) => {
      if (method !== "GET" && !given?.repeatable) request.left = true;
      return api.call(method, url, given);
    };
    const browse: Api["browse"] = async (url) => {
      await api.browse(url);
      // Whoever looks at it may finish it at any time.
      request.left = true;
    };
    const talk: Api["talk"] = (url, given) => {
      if (given.changes) request.left = true;
      return api.talk(url, given);
    };
    return { ...api, call, browse, talk, post: noting(api.post), put: noting(api.put), delete: noting(api.delete) };
  }

  #stepOf(part: number): Step {
    const { clock } = this.#services;
    const keeps = this.#platform.publish?.keeps ?? uploadsKeep;
    return async <Result>(name: string, work: () => Promise<Result>): Promise<Result> => {
      const known = await this.#vault.step(this.#delivery.id, part, name, clock.now() - keeps);
      if (known !== undefined) return known as Result;
      const result = await work();
      await this.#vault.keepStep(this.#delivery.id, part, name, result);
      return result;
    };
  }
}
