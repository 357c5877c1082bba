/**
 * From a handle to the server that has the account: handle → DID → its document → PDS. Whoever answers for a handle, the DID's
 * own document has the last word. https://atproto.com/guides/identity
 */
import { Failure } from "../../domain/failure.ts";
import { isLoopbackHost } from "../../domain/loopback.ts";
import type { Api, FoundServer } from "../platform.ts";

interface DidDocument {
  readonly id?: string;
  readonly alsoKnownAs?: readonly string[];
  readonly service?: readonly { readonly id?: string; readonly type?: string; readonly serviceEndpoint?: unknown }[];
}

/** Open to everybody: no token of the account is shown there. */
const open = { authorization: "nobody", repeatable: true } as const;

const resolver = "https://public.api.bsky.app/xrpc/com.atproto.identity.resolveHandle";

const handleShape = /^(?=.{4,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+$/;

/** By a handle, a DID, or the address of a PDS. @throws Failure `usage`, `not_found`, `protocol`, `network` */
export async function findPds(api: Api, typed: string): Promise<FoundServer> {
  if (/^https?:\/\//i.test(typed)) return namedPds(api, typed);
  const name = typed.replace(/^@/, "").replace(/^at:\/\//, "");
  if (name.startsWith("did:")) {
    const document = await documentOf(api, name);
    const handle = handleIn(document);
    return {
      instance: pdsIn(document, name),
      metadata: null,
      loginHint: handle ?? name,
      answers: answersOf(name, handle),
    };
  }
  const handle = name.toLowerCase();
  if (!handleShape.test(handle)) {
    throw new Failure("usage", `"${typed}" is no handle`, { hint: "it looks like acme.bsky.social" });
  }
  const did = await didOf(api, handle);
  const document = await documentOf(api, did);
  if (!document.alsoKnownAs?.includes(`at://${handle}`)) {
    throw new Failure("protocol", `${did}, which the handle ${handle} names, does not name it back`, {
      hint: "check the handle at https://bsky.app",
    });
  }
  return { instance: pdsIn(document, did), metadata: null, loginHint: handle, answers: answersOf(did, handle) };
}

function answersOf(did: string, handle: string | null): Readonly<Record<string, string>> {
  return { did, handle: handle ?? did };
}

async function namedPds(api: Api, typed: string): Promise<FoundServer> {
  const url = URL.canParse(typed) ? new URL(typed) : null;
  if (!url || (url.protocol !== "https:" && !isLoopbackHost(url.hostname))) {
    throw new Failure("usage", `"${typed}" is no address of a server`, { hint: "it begins with https://" });
  }
  // The door to many servers, whose accounts are at one of them each.
  if (url.host === "bsky.social") {
    throw new Failure("usage", "bsky.social has no accounts itself", {
      hint: "--instance HANDLE, as acme.bsky.social",
    });
  }
  const told = (await api.get(`${url.origin}/xrpc/com.atproto.server.describeServer`, open)) as
    | { did?: unknown }
    | undefined;
  if (typeof told?.did !== "string")
    throw new Failure("protocol", `${url.origin} is no PDS`, { hint: "check --instance" });
  return { instance: url.origin, metadata: null };
}

async function didOf(api: Api, handle: string): Promise<string> {
  const answer = await api.get(resolver, { ...open, query: { handle }, accepts: [400] });
  const { did } = (answer ?? {}) as { did?: unknown };
  if (typeof did === "string" && did.startsWith("did:")) return did;
  throw new Failure("not_found", `nobody has the handle ${handle}`, { hint: "check it at https://bsky.app" });
}

async function documentOf(api: Api, did: string): Promise<DidDocument> {
  const document = (await api.get(documentUrl(did), open)) as DidDocument | undefined;
  if (document?.id === did) return document;
  throw new Failure("protocol", `the document of ${did} is that of another`);
}

function documentUrl(did: string): string {
  if (/^did:plc:[a-z2-7]{24}$/.test(did)) return `https://plc.directory/${did}`;
  const [, host] = /^did:web:([a-z0-9.-]+)$/i.exec(did) ?? [];
  if (host !== undefined) return `https://${host}/.well-known/did.json`;
  throw new Failure("usage", `"${did}" is no DID that Bluesky knows`, { hint: "did:plc:… or did:web:…" });
}

function handleIn({ alsoKnownAs = [] }: DidDocument): string | null {
  return alsoKnownAs.find((name) => name.startsWith("at://"))?.slice("at://".length) ?? null;
}

function pdsIn({ service = [] }: DidDocument, did: string): string {
  const pds = service.find(({ id, type }) => id?.endsWith("#atproto_pds") && type === "AtprotoPersonalDataServer");
  const { serviceEndpoint: endpoint } = pds ?? {};
  const url = typeof endpoint === "string" && URL.canParse(endpoint) ? new URL(endpoint) : null;
  // An app password goes there.
  if (url?.protocol === "https:") return url.origin;
  throw new Failure("not_found", `${did} has no server of its own`, {
    hint: "is the account still there? https://bsky.app",
  });
}

/**
 * That this server may speak for the account: its document says so. A server on this machine, as tests have one, may have a
 * directory of its own; its word is taken.
 * @throws Failure `protocol` where it says otherwise
 */
export async function proveHome(api: Api, did: string): Promise<void> {
  const { instance } = api;
  if (instance === null || isLoopbackHost(new URL(instance).hostname)) return;
  const home = pdsIn(await documentOf(api, did), did);
  if (home === instance) return;
  throw new Failure("protocol", `${instance} speaks for ${did}, whose server is ${home}`, {
    hint: "connect by the handle: agencyiq connect bluesky --instance HANDLE",
  });
}
