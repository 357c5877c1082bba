/** `/wp/v2/media`: bytes with a name in `Content-Disposition`. wp-includes/rest-api/endpoints/class-wp-rest-attachments-controller.php */
import type { WordPressContext } from "./access.ts";
import { wordpressError, wordpressErrors } from "./errors.ts";
import type { Library, StoredFile } from "./library.ts";

const types: Readonly<Record<string, string>> = {
  jpg: "image/jpeg",
  png: "image/png",
  gif: "image/gif",
  webp: "image/webp",
  avif: "image/avif",
  mp4: "video/mp4",
  mov: "video/quicktime",
  webm: "video/webm",
};

export async function upload(context: WordPressContext, library: Library): Promise<Response> {
  const person = context.get("person");
  if (!person) return wordpressErrors["cannot-create-anonymously"]();
  const bytes = new Uint8Array(await context.req.arrayBuffer());
  if (bytes.length === 0) return wordpressError(400, "rest_upload_no_data", "No data supplied.");
  const type = context.req.header("content-type");
  if (!type) return wordpressError(400, "rest_upload_no_content_type", "No Content-Type supplied.");
  const disposition = context.req.header("content-disposition");
  if (!disposition) {
    return wordpressError(400, "rest_upload_no_content_disposition", "No Content-Disposition supplied.");
  }
  const [, name] = /^attachment;\s*filename="?([^"]+)"?$/.exec(disposition) ?? [];
  if (!name) {
    const message =
      'Invalid Content-Disposition supplied. Content-Disposition needs to be formatted as `attachment; filename="image.png"` or similar.';
    return wordpressError(400, "rest_upload_invalid_disposition", message);
  }
  if (types[name.split(".").at(-1)?.toLowerCase() ?? ""] !== type) return wordpressErrors["upload-unknown"]();
  const id = library.nextId();
  const url = `https://${new URL(context.req.url).host}/wp-content/uploads/${id}-${name}`;
  const file: StoredFile = { id, author: person.handle, name, type, bytes, url, alt: "" };
  library.files.set(String(id), file);
  return context.json(shown(file), 201);
}

export async function describe(context: WordPressContext, library: Library): Promise<Response> {
  const person = context.get("person");
  const file = library.files.get(context.req.param("id") ?? "");
  if (!file) return wordpressErrors["invalid-id"]();
  if (file.author !== person?.handle) return wordpressErrors.forbidden();
  const { alt_text: alt } = (await context.req.json().catch(() => ({}))) as { alt_text?: unknown };
  if (typeof alt === "string") file.alt = alt;
  return context.json(shown(file));
}

function shown({ id, name, type, url, alt }: StoredFile): Readonly<Record<string, unknown>> {
  return { id, slug: name, media_type: type.split("/")[0], mime_type: type, source_url: url, alt_text: alt, link: url };
}
