/** Announcing, finishing and asking after uploads. https://learn.microsoft.com/linkedin/marketing/community-management/shares/videos-api */
import { days } from "../../domain/time.ts";
import type { World } from "../world.ts";
import { actingAs, hasScope, type LinkedInContext } from "./access.ts";
import { type Asset, type AssetKind, assetsOf, newAsset, stateOf, uploadUrl } from "./assets.ts";
import { invalidPath, readJson, urnInPath } from "./body.ts";
import { accessDenied, invalidBody, invalidContent, linkedinError, linkedinErrors } from "./errors.ts";
import { type Check, count, flag, list, record, text } from "./schema.ts";

const partLength = 4_194_304;
const lifetime = days(1);

const owner = text({ shape: /^urn:li:(?:person|organization):[\w-]+$/ });

const announcements: Readonly<Record<AssetKind, Check>> = {
  image: record({ owner }, ["owner"]),
  document: record({ owner }, ["owner"]),
  video: record({ owner, fileSizeBytes: count, uploadCaptions: flag, uploadThumbnail: flag }, [
    "owner",
    "fileSizeBytes",
  ]),
};

const resources: Readonly<Record<AssetKind, string>> = {
  image: "partnerApiImages",
  document: "partnerApiDocuments",
  video: "partnerApiVideos",
};

interface Announced {
  readonly initializeUploadRequest: { readonly owner: string; readonly fileSizeBytes?: number };
}

export function act(world: World, kind: AssetKind) {
  return async (context: LinkedInContext): Promise<Response> => {
    const read = await readJson(context);
    if (read instanceof Response) return read;
    const action = context.req.query("action");
    if (action === "initializeUpload") return initialize(world, context, kind, read.json);
    if (action === "finalizeUpload" && kind === "video") return finalize(world, context, read.json);
    return linkedinError(400, null, `Unknown action ${action}`);
  };
}

function initialize(world: World, context: LinkedInContext, kind: AssetKind, json: unknown): Response {
  const problems = record({ initializeUploadRequest: announcements[kind] }, ["initializeUploadRequest"])(json, "");
  if (problems.length > 0) return invalidBody(problems);
  const { owner: urn, fileSizeBytes: bytes = null } = (json as Announced).initializeUploadRequest;
  const author = actingAs(context.get("caller"), urn, `${resources[kind]}.ACTION-initializeUpload`);
  if (author instanceof Response) return author;
  if (bytes !== null && (bytes < 75_000 || bytes > 500_000_000)) {
    return invalidContent(`The size of the video, ${bytes}, is not between 75 KB and 500 MB`);
  }
  const expiresAt = world.clock.now() + lifetime;
  const asset = newAsset(world, { kind, owner: urn, bytes, expiresAt, lengths: lengthsOf(bytes) });
  return context.json({ value: kind === "video" ? instructionsOf(asset) : addressOf(asset) });
}

function lengthsOf(bytes: number | null): (number | null)[] {
  if (bytes === null) return [null];
  const parts = Math.ceil(bytes / partLength);
  return Array.from({ length: parts }, (_, index) => Math.min(partLength, bytes - index * partLength));
}

function addressOf(asset: Asset): Record<string, unknown> {
  return { uploadUrlExpiresAt: asset.expiresAt, uploadUrl: uploadUrl(asset, 0), [asset.kind]: asset.urn };
}

function instructionsOf(asset: Asset): Record<string, unknown> {
  const uploadInstructions = asset.parts.map(({ length }, index) => {
    const firstByte = index * partLength;
    return { uploadUrl: uploadUrl(asset, index), firstByte, lastByte: firstByte + (length ?? 0) - 1 };
  });
  return {
    uploadUrlsExpireAt: asset.expiresAt,
    video: asset.urn,
    uploadInstructions,
    uploadToken: asset.uploadToken,
    thumbnailUploadUrl: "",
  };
}

interface Finalized {
  readonly finalizeUploadRequest: {
    readonly video: string;
    readonly uploadToken: string;
    readonly uploadedPartIds: readonly string[];
  };
}

const finalization = record(
  {
    finalizeUploadRequest: record(
      { video: text(), uploadToken: text(), uploadedPartIds: list(text(), { min: 1, max: 10_000 }) },
      ["video", "uploadToken", "uploadedPartIds"],
    ),
  },
  ["finalizeUploadRequest"],
);

function finalize(world: World, context: LinkedInContext, json: unknown): Response {
  const problems = finalization(json, "");
  if (problems.length > 0) return invalidBody(problems);
  const { video, uploadToken, uploadedPartIds } = (json as Finalized).finalizeUploadRequest;
  const asset = assetsOf(world).get(video);
  if (!asset) return linkedinErrors["not-found"]();
  const author = actingAs(context.get("caller"), asset.owner, "partnerApiVideos.ACTION-finalizeUpload");
  if (author instanceof Response) return author;
  const refused = (message: string) => linkedinError(400, "ILLEGAL_ARGUMENT", message);
  if (asset.completedAt !== null) return refused("The upload was finalized before");
  if (asset.uploadToken !== uploadToken) return refused("The upload token is not that of this video");
  const etags = asset.parts.map(({ etag }) => etag);
  const complete =
    etags.length === uploadedPartIds.length && etags.every((etag, index) => etag === uploadedPartIds[index]);
  if (!complete) return refused("uploadedPartIds are not those of the parts, in their order");
  asset.completedAt = world.clock.now();
  return context.body(null, 200);
}

/** Members may ask after their videos alone. */
export function readAsset(world: World, kind: AssetKind) {
  return (context: LinkedInContext): Response => {
    const urn = urnInPath(context, `/rest/${kind}s/`);
    if (urn === null) return invalidPath();
    const caller = context.get("caller");
    const resource = `${resources[kind]}.GET`;
    const asset = assetsOf(world).get(urn);
    const isOrganizations = asset?.owner.startsWith("urn:li:organization:") === true;
    const scopes = isOrganizations ? ["r_organization_social", "w_organization_social"] : [];
    const readable = kind === "video" || hasScope(caller, ...scopes);
    if (!readable) return accessDenied(resource);
    if (asset?.kind !== kind) return linkedinErrors["not-found"]();
    if (!caller.authors.some((author) => author.urn === asset.owner)) return accessDenied(resource);
    const status = stateOf(world, asset);
    return context.json({
      id: urn,
      owner: asset.owner,
      status,
      ...(status === "PROCESSING_FAILED"
        ? { processingFailureReason: "The file is not one that can be processed" }
        : {}),
      ...(status === "AVAILABLE" ? { downloadUrlExpiresAt: world.clock.now() + lifetime } : {}),
    });
  };
}
