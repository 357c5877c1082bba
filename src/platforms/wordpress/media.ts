/** Files in a site's library. https://developer.wordpress.org/rest-api/reference/media/ */
import { Failure } from "../../domain/failure.ts";
import type { MediaFile } from "../../domain/post.ts";
import type { Api, Message, Step } from "../platform.ts";

export interface UploadedFile {
  readonly id: number;
  readonly url: string;
  readonly alt: string;
}

export interface UploadedMedia {
  readonly images: readonly UploadedFile[];
  readonly video: UploadedFile | null;
}

/** A file whose answer was lost is there twice, in the library alone: it is in no post. */
export async function uploadMedia(api: Api, { images, video }: Message, step: Step): Promise<UploadedMedia> {
  const uploaded: UploadedFile[] = [];
  for (const [index, image] of images.entries()) uploaded.push(await upload(api, image, `image ${index}`, step));
  return { images: uploaded, video: video && (await upload(api, video, "video", step)) };
}

const extensions: Readonly<Record<string, string>> = {
  "image/jpeg": "jpg",
  "image/png": "png",
  "image/gif": "gif",
  "image/webp": "webp",
  "image/avif": "avif",
  "video/mp4": "mp4",
  "video/quicktime": "mov",
  "video/webm": "webm",
};

async function upload(api: Api, file: MediaFile, name: string, step: Step): Promise<UploadedFile> {
  const alt = file.alt ?? "";
  const { id, url } = await step(name, async () => {
    const source = await api.open(file);
    const headers = { "content-disposition": `attachment; filename="${fileName(file.file, source.type)}"` };
    const part = { source, start: 0, end: source.size };
    const answer = await api.post(`${api.instance}/wp/v2/media`, { file: part, headers, repeatable: true });
    const { id, source_url: url } = (answer ?? {}) as { id?: number; source_url?: string };
    if (id === undefined || !url) throw new Failure("platform_fault", "WordPress did not say where the file is");
    return { id, url };
  });
  if (alt !== "") {
    await step(`${name}, alternative text`, async () => {
      await api.post(`${api.instance}/wp/v2/media/${id}`, { json: { alt_text: alt }, repeatable: true });
      return true;
    });
  }
  return { id, url, alt };
}

/** In letters that a header can hold, ending as its content says: WordPress refuses a file whose name says another type. */
function fileName(path: string, type: string): string {
  const base = path.split(/[\\/]/).at(-1) ?? "";
  const stem = base.replace(/\.[^.]*$/, "").replace(/[^\w-]+/g, "-");
  return `${stem || "file"}.${extensions[type] ?? "bin"}`;
}
