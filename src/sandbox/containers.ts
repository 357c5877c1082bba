/** Instagram's and Threads' containers: what waits to be published. */
import { hours, type Instant } from "../domain/time.ts";
import type { PostedMedia } from "./posts.ts";
import type { ReceivedFile } from "./received-file.ts";

/** A file that the container is of, and what became of it. */
export interface ContainerFile {
  readonly kind: "picture" | "video";
  readonly type: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Of pictures, to be shown. */
  readonly content: Buffer | null;
}

export interface Container {
  readonly platform: string;
  readonly id: string;
  /** A person's handle. */
  readonly owner: string;
  readonly kind: string;
  readonly createdAt: Instant;
  readonly parameters: Readonly<Record<string, string>>;
  readonly children: readonly Container[];
  /** An item of a carousel is not published by itself. */
  readonly isItem: boolean;
  readonly alt: string | null;
  /** What is sent and not fetched, as far as it came. */
  readonly upload: ReceivedFile | null;
  /** null: there is none, or it has not arrived. */
  file: ContainerFile | null;
  /** When it is done with; null: its file is still on the way. */
  readyAt: Instant | null;
  /** The platform's code for why it cannot be used. */
  problem: string | null;
  published: { readonly id: string; readonly at: Instant } | null;
}

export type ContainerState = "IN_PROGRESS" | "FINISHED" | "ERROR" | "EXPIRED" | "PUBLISHED";

const lifetime = hours(24);

export function stateOf({ published, createdAt, readyAt, problem }: Container, now: Instant): ContainerState {
  if (published) return "PUBLISHED";
  if (now >= createdAt + lifetime) return "EXPIRED";
  if (readyAt === null || now < readyAt) return "IN_PROGRESS";
  return problem === null ? "FINISHED" : "ERROR";
}

export class Containers {
  #containers: Container[] = [];

  add(container: Container): void {
    this.#containers.push(container);
  }

  find(platform: string, id: string): Container | null {
    return this.#containers.find((one) => one.platform === platform && one.id === id) ?? null;
  }

  /** Published within so long; those that were deleted since count too. */
  publishedSince(platform: string, owner: string, since: Instant): Container[] {
    return this.#containers.filter(
      (one) => one.platform === platform && one.owner === owner && (one.published?.at ?? 0) > since,
    );
  }

  /** The picture of a post that is public. */
  picture(platform: string, id: string): ContainerFile | null {
    const file = this.find(platform, id)?.file;
    return file?.kind === "picture" ? file : null;
  }

  clear(): void {
    this.#containers = [];
  }
}

/** What a post shows: its own file, or those of its carousel. `host`: where the platform keeps pictures. */
export function mediaOf({ children, ...whole }: Container, host: string): PostedMedia[] {
  return [whole, ...children].flatMap(({ id, file, alt }) => {
    if (!file) return [];
    const { kind, type, bytes, sha256 } = file;
    return [{ id, kind, type, bytes, sha256, alt, url: kind === "picture" ? `https://${host}/${id}` : null }];
  });
}
