/** Where oidc-provider keeps what it gave: without a limit (its own memory adapter forgets after 1,000 entries). */
import type { Adapter, AdapterPayload } from "oidc-provider";

/** What is told about refresh tokens, so that somebody can keep their history. */
export interface StoreListener {
  stored(model: string, id: string, payload: AdapterPayload): void;
  consumed(model: string, id: string): void;
}

/** What ends with its grant. */
const grantable = new Set(["AccessToken", "AuthorizationCode", "DeviceCode", "RefreshToken"]);

export class OidcStore {
  readonly #entries = new Map<string, AdapterPayload>();
  readonly #byGrant = new Map<string, Set<string>>();
  readonly #listener: StoreListener;

  constructor(listener: StoreListener) {
    this.#listener = listener;
  }

  adapter = (model: string): Adapter => {
    const keyOf = (id: string) => `${model}:${id}`;
    const findBy = (field: "uid" | "userCode") => async (value: string) => {
      const prefix = keyOf("");
      for (const [key, payload] of this.#entries)
        if (key.startsWith(prefix) && payload[field] === value) return this.#living(key);
      return undefined;
    };
    return {
      upsert: async (id, payload, expiresIn) => {
        const expires = expiresIn ? { expiresAt: Date.now() + expiresIn * 1000 } : {};
        this.#entries.set(keyOf(id), { ...payload, ...expires });
        if (payload.grantId && grantable.has(model)) this.#membersOf(payload.grantId).add(keyOf(id));
        this.#listener.stored(model, id, payload);
      },
      find: async (id) => this.#living(keyOf(id)),
      findByUid: findBy("uid"),
      findByUserCode: findBy("userCode"),
      consume: async (id) => {
        const payload = this.#entries.get(keyOf(id));
        if (payload) payload.consumed = Math.floor(Date.now() / 1000);
        this.#listener.consumed(model, id);
      },
      destroy: async (id) => this.remove(model, id),
      revokeByGrantId: async (grantId) => {
        for (const key of this.#byGrant.get(grantId) ?? []) {
          const at = key.indexOf(":");
          this.remove(key.slice(0, at), key.slice(at + 1));
        }
        this.#byGrant.delete(grantId);
      },
    };
  };

  remove(model: string, id: string): void {
    this.#entries.delete(`${model}:${id}`);
  }

  /** As if it had not been used yet. */
  restore(model: string, id: string): void {
    delete this.#entries.get(`${model}:${id}`)?.consumed;
  }

  has(model: string, id: string): boolean {
    return this.#living(`${model}:${id}`) !== undefined;
  }

  #membersOf(grantId: string): Set<string> {
    const members = this.#byGrant.get(grantId) ?? new Set();
    this.#byGrant.set(grantId, members);
    return members;
  }

  #living(key: string): AdapterPayload | undefined {
    const payload = this.#entries.get(key);
    const expiresAt = payload?.["expiresAt"];
    return typeof expiresAt === "number" && expiresAt <= Date.now() ? undefined : payload;
  }
}
