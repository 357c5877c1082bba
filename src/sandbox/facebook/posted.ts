/** A Page's post and its media, as the sandbox keeps what is public. */
import type { PostedMedia, SandboxPost } from "../posts.ts";
import { ReceivedFile } from "../received-file.ts";
import type { Upload } from "../uploads.ts";
import { authorOf, type Page, pageLink } from "./pages.ts";

export interface NewPost {
  readonly id: string;
  readonly text: string;
  readonly title?: string;
  readonly link?: string;
  readonly media: readonly PostedMedia[];
  /** null: never public by itself. */
  readonly createdAt: number | null;
  readonly url?: string;
}

export function postOf(page: Page, { createdAt, link, ...given }: NewPost): SandboxPost {
  return {
    platform: "facebook",
    author: authorOf(page),
    authorName: page.name,
    url: `${pageLink(page)}/posts/${given.id.split("_").at(-1)}`,
    replyTo: null,
    quotes: null,
    poll: null,
    createdAt: createdAt ?? Number.MAX_SAFE_INTEGER,
    ...given,
    ...(link === undefined ? {} : { link }),
  };
}

export function posted({ id, kind, type, bytes, file, alt, thumbnail }: Upload): PostedMedia {
  const shown = kind === "video" ? thumbnail : id;
  const url = shown === undefined ? null : `https://scontent.xx.fbcdn.net/v/${shown}`;
  return { id, kind, type, bytes, sha256: file.sha256, alt, url };
}

/** A picture whose content is kept, to be shown. */
export function keptPicture(id: string, page: Page, type: string, content: Buffer, finalizedAt: number | null): Upload {
  const file = new ReceivedFile({ keep: true });
  file.put(0, content);
  return {
    platform: "facebook",
    id,
    owner: page.id,
    kind: "picture",
    type,
    bytes: content.length,
    expiresAt: Number.MAX_SAFE_INTEGER,
    file,
    finalizedAt,
    alt: null,
  };
}
