/** Markdown as HTML (CommonMark with GitHub's tables), and files as WordPress's blocks mark them up. */
import type { UploadedFile, UploadedMedia } from "./media.ts";

/** Raw HTML is left as it is: WordPress takes out what the user may not write. */
export async function contentOf(markdown: string, { images, video }: UploadedMedia): Promise<string> {
  const { marked } = await import("marked");
  const text = await marked.parse(markdown, { async: true, gfm: true });
  // The first picture stands at the top of the post by itself.
  const figures = images.slice(1).map(imageFigure);
  return [text.trim(), ...(video ? [videoFigure(video)] : []), ...figures].filter(Boolean).join("\n");
}

function imageFigure({ id, url, alt }: UploadedFile): string {
  const picture = `<img src="${escaped(url)}" alt="${escaped(alt)}" class="wp-image-${id}"/>`;
  return `<!-- wp:image {"id":${id}} -->\n<figure class="wp-block-image">${picture}</figure>\n<!-- /wp:image -->`;
}

function videoFigure({ id, url }: UploadedFile): string {
  const video = `<video controls src="${escaped(url)}"></video>`;
  return `<!-- wp:video {"id":${id}} -->\n<figure class="wp-block-video">${video}</figure>\n<!-- /wp:video -->`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
