/** Files go to Reddit's upload host first: a lease names where, with which fields, and the file comes last (Amazon S3's POST). */
import { Failure } from "../../domain/failure.ts";
import type { MediaFile } from "../../domain/post.ts";
import type { Api, Step } from "../platform.ts";
import { send } from "./requests.ts";

/** What a post names a file by: galleries by its id, everything else by its address. */
export interface Asset {
  readonly id: string;
  readonly url: string;
}

interface Lease {
  readonly args?: {
    readonly action?: string;
    readonly fields?: readonly { readonly name: string; readonly value: string }[];
  };
  readonly asset?: { readonly asset_id?: string };
}

const extensions: Readonly<Record<string, string>> = {
  "image/jpeg": "jpg",
  "image/png": "png",
  "image/gif": "gif",
  "video/mp4": "mp4",
  "video/quicktime": "mov",
};

export async function upload(api: Api, step: Step, role: string, file: MediaFile): Promise<Asset> {
  const source = await api.open(file);
  const { path, size, modifiedAt, type } = source;
  return step(`${role} ${size} ${modifiedAt} ${path}`, async () => {
    const form = { filepath: `${role.replace(" ", "-")}.${extensions[type] ?? "bin"}`, mimetype: type };
    const { args, asset } = await send<Lease>(api, "/api/media/asset.json", { form, repeatable: true });
    const { action, fields = [] } = args ?? {};
    const key = fields.find(({ name }) => name === "key")?.value;
    if (!action || key === undefined || !asset?.asset_id) {
      throw new Failure("platform_fault", "Reddit did not say where to upload to", { hint: "run it again later" });
    }
    const address = action.startsWith("//") ? `https:${action}` : action;
    for (const { name, value } of fields) if (/signature|token|policy|credential/i.test(name)) api.keepSecret(value);
    await api.post(address, {
      multipart: {
        ...Object.fromEntries(fields.map(({ name, value }) => [name, value])),
        file: { source, start: 0, end: size },
      },
      authorization: "none",
      repeatable: true,
    });
    return { id: asset.asset_id, url: `${address.replace(/\/$/, "")}/${key}` };
  });
}
