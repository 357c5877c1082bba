/** A share that nothing can stop any more: out at the end of its processing. */
import type { PostedMedia } from "../posts.ts";
import type { World } from "../world.ts";
import { processing, type Share } from "./shares.ts";

/** Ids of posts: 64 bits, of which the upper ones are the time. */
function postIdAt(now: number, last: bigint): bigint {
  const candidate = (BigInt(Math.floor(now / 1000)) << 32n) + 1n;
  return candidate > last ? candidate : last + 1n;
}

export function publish(world: World, share: Share): void {
  const createdAt = (share.completeAt ?? world.clock.now()) + processing;
  const before = world.posts.newestFirst().filter(({ platform }) => platform === "tiktok");
  const last = before.reduce((most, { id }) => (BigInt(id) > most ? BigInt(id) : most), 0n);
  share.postId = String(postIdAt(createdAt, last));
  world.posts.add({
    platform: "tiktok",
    id: share.postId,
    author: share.owner,
    ...(share.title === "" ? {} : { title: share.title }),
    text: share.text,
    createdAt,
    url: `https://www.tiktok.com/@${share.owner}/${share.kind}/${share.postId}`,
    replyTo: null,
    quotes: null,
    poll: null,
    media: mediaOf(share),
    ...(share.privacyLevel === "PUBLIC_TO_EVERYONE" || !share.privacyLevel ? {} : { visibility: share.privacyLevel }),
  });
}

/** Of pictures the sandbox knows the address only: it fetches nothing from anywhere. */
function mediaOf({ upload, photos }: Share): PostedMedia[] {
  if (!upload) {
    return photos.map((fetchedFrom, index) => {
      const picture = { id: String(index + 1), kind: "picture", type: "image/*", bytes: 0, sha256: "" } as const;
      return { ...picture, alt: null, url: null, fetchedFrom };
    });
  }
  const { id, type, announced, hash } = upload;
  const sha256 = hash.copy().digest("hex");
  return [{ id, kind: "video", type: type ?? "video/mp4", bytes: announced.bytes, sha256, alt: null, url: null }];
}
