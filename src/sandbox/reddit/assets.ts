/** POST /api/media/asset.json, and the host where the file goes with the fields of that answer. */
import { createHash } from "node:crypto";
import type { Context } from "hono";
import type { World } from "../world.ts";
import type { RedditContext } from "./access.ts";
import { answer, formError, s3Error } from "./errors.ts";

export const uploadHost = "reddit-uploaded-media.s3-accelerate.amazonaws.com";

const largest: Readonly<Record<string, number>> = { image: 20_000_000, video: 1_073_741_824 };

export interface Asset {
  readonly id: string;
  readonly key: string;
  readonly owner: string;
  readonly type: string;
  readonly fields: readonly { readonly name: string; readonly value: string }[];
  file: { readonly bytes: number; readonly sha256: string; readonly content: Buffer } | null;
}

const types = ["image/jpeg", "image/png", "image/gif", "video/mp4", "video/quicktime"];

export const assetsOf = (world: World): Map<string, Asset> => world.shelves.of<Asset>("reddit assets");

export const urlOf = ({ key }: Asset): string => `https://${uploadHost}/${key}`;

export function lease(world: World) {
  return async (context: RedditContext): Promise<Response> => {
    const form = new URLSearchParams(await context.req.text());
    const [path, type] = [form.get("filepath"), form.get("mimetype") ?? ""];
    if (!path) return formError("NO_TEXT", "we need something here", "filepath");
    if (!types.includes(type)) return formError("INVALID_OPTION", "that option is not valid", "mimetype");
    const id = Buffer.from(world.random.bytes(9)).toString("hex").slice(0, 13);
    const key = `rte_images/${id}`;
    const fields = Object.entries({
      acl: "private",
      key,
      "X-Amz-Credential": "ASIASANDBOX/20261121/us-east-1/s3/aws4_request",
      "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
      "X-Amz-Date": "20261121T000000Z",
      success_action_status: "201",
      "content-type": type,
      "x-amz-storage-class": "STANDARD",
      "x-amz-meta-ext": path.split(".").at(-1) ?? "",
      policy: Buffer.from(world.random.bytes(30)).toString("base64"),
      "X-Amz-Signature": Buffer.from(world.random.bytes(32)).toString("hex"),
    }).map(([name, value]) => ({ name, value }));
    const asset: Asset = { id, key, owner: context.get("person").handle, type, fields, file: null };
    assetsOf(world).set(id, asset);
    return answer({
      args: { action: `//${uploadHost}`, fields },
      asset: {
        asset_id: id,
        processing_state: "incomplete",
        payload: { filepath: path },
        websocket_url: `wss://ws-0000.wss.redditmedia.com/rte_images/${id}`,
      },
    });
  };
}

/** Every field as it was given, and the file behind them. */
export function receive(world: World) {
  return async (context: Context): Promise<Response> => {
    if (context.req.header("authorization") !== undefined)
      return s3Error(400, "InvalidArgument", "Only one auth mechanism allowed");
    const form = await context.req.raw.formData().catch(() => null);
    if (!form) return s3Error(400, "MalformedPOSTRequest", "The body of your POST request is not well-formed");
    const asset = [...assetsOf(world).values()].find(({ key }) => key === form.get("key"));
    if (!asset) return s3Error(403, "AccessDenied", "Invalid according to Policy: Policy Condition failed");
    const wrong = asset.fields.find(({ name, value }) => form.get(name) !== value);
    if (wrong) return s3Error(403, "AccessDenied", `Invalid according to Policy: ${wrong.name}`);
    const names = [...form.keys()];
    const file = form.get("file");
    if (!(file instanceof File) || names.at(-1) !== "file")
      return s3Error(400, "InvalidArgument", "POST requires exactly one file upload per request.");
    if (file.size > (largest[asset.type.split("/")[0] ?? ""] ?? 0))
      return s3Error(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size");
    const content = Buffer.from(await file.arrayBuffer());
    const sha256 = createHash("sha256").update(content).digest("hex");
    // Of a video only size and digest are looked at.
    const kept = asset.type.startsWith("image/") ? content : content.subarray(0, 64);
    asset.file = { bytes: content.length, sha256, content: kept };
    const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse><Location>${urlOf(asset)}</Location><Bucket>reddit-uploaded-media</Bucket><Key>${asset.key}</Key></PostResponse>`;
    return new Response(xml, { status: 201, headers: { "content-type": "application/xml" } });
  };
}

/** What a post names: of this person, and there. */
export function assetFor(world: World, owner: string, wanted: (asset: Asset) => boolean): Asset | null {
  return (
    [...assetsOf(world).values()].find((asset) => asset.owner === owner && asset.file !== null && wanted(asset)) ?? null
  );
}
