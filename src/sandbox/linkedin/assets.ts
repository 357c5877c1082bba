/** Images, documents and videos on their way to LinkedIn, or there and not posted yet. */
import { createHash } from "node:crypto";
import { type Instant, seconds } from "../../domain/time.ts";
import { ReceivedFile } from "../received-file.ts";
import type { World } from "../world.ts";

export type AssetKind = "image" | "document" | "video";

export interface Asset {
  readonly urn: string;
  readonly kind: AssetKind;
  /** The URN of the member or organization that it was announced for. */
  readonly owner: string;
  /** As announced; null where nothing was. */
  readonly bytes: number | null;
  readonly expiresAt: Instant;
  /** Part of each address that it is sent to. */
  readonly secret: string;
  readonly uploadToken: string;
  /** Videos: its parts. Others: one. */
  readonly parts: Part[];
  readonly file: ReceivedFile;
  completedAt: Instant | null;
}

export interface Part {
  /** null: as long as it is. */
  readonly length: number | null;
  etag: string | null;
}

export function assetsOf(world: World): Map<string, Asset> {
  return world.shelves.of<Asset>("linkedin assets");
}

export type AssetState = "WAITING_UPLOAD" | "PROCESSING" | "AVAILABLE" | "PROCESSING_FAILED";

/** The sandbox does not look further into a file than its beginning. */
const processing: Readonly<Record<AssetKind, number>> = { image: seconds(2), document: seconds(2), video: seconds(3) };

export function stateOf(world: World, asset: Asset): AssetState {
  if (asset.completedAt === null) return "WAITING_UPLOAD";
  if (world.clock.now() - asset.completedAt < processing[asset.kind]) return "PROCESSING";
  return typeOf(asset) === null ? "PROCESSING_FAILED" : "AVAILABLE";
}

const signatures: readonly (readonly [kind: AssetKind, type: string, at: number, bytes: string])[] = [
  ["image", "image/jpeg", 0, "\xff\xd8\xff"],
  ["image", "image/png", 0, "\x89PNG\r\n\x1a\n"],
  ["image", "image/gif", 0, "GIF8"],
  ["document", "application/pdf", 0, "%PDF-"],
  ["document", "application/vnd.openxmlformats-officedocument", 0, "PK\x03\x04"],
  ["document", "application/x-ole-storage", 0, "\xd0\xcf\x11\xe0"],
  ["video", "video/mp4", 4, "ftyp"],
];

/** What is inside decides; null: nothing that LinkedIn takes in this place. */
export function typeOf({ kind, file }: Asset): string | null {
  const head = file.content.subarray(0, 64).toString("latin1");
  return signatures.find(([of, , at, bytes]) => of === kind && head.startsWith(bytes, at))?.[1] ?? null;
}

export function newAsset(
  world: World,
  given: Pick<Asset, "kind" | "owner" | "bytes" | "expiresAt"> & { readonly lengths: readonly (number | null)[] },
): Asset {
  const { lengths, ...announced } = given;
  const secret = (bytes: number) => Buffer.from(world.random.bytes(bytes)).toString("base64url");
  const asset: Asset = {
    ...announced,
    urn: `urn:li:${given.kind}:D4E${secret(12)}`,
    secret: secret(24),
    uploadToken: given.kind === "video" ? secret(24) : "",
    parts: lengths.map((length) => ({ length, etag: null })),
    file: new ReceivedFile({ keep: given.kind === "image" }),
    completedAt: null,
  };
  assetsOf(world).set(asset.urn, asset);
  return asset;
}

/** Where a part is sent: whoever knows the address may. */
export function uploadUrl({ urn, kind, secret }: Asset, part: number): string {
  const id = urn.slice(urn.lastIndexOf(":") + 1);
  return `https://www.linkedin.com/dms-uploads/sp/${kind}/${id}/${part}?sig=${secret}`;
}

export function etagOf(bytes: Uint8Array): string {
  return `/ambry-video/signedId/${createHash("sha256").update(bytes).digest("base64url")}`;
}
