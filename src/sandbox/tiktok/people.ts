/** TikTok's accounts: who somebody is to an app, and what the account's owner allows. */
import { createHash } from "node:crypto";
import type { Person, SandboxClient } from "../options.ts";

const digest = (...parts: readonly string[]): string =>
  createHash("sha256").update(parts.join("\n")).digest("base64url").slice(0, 32);

/** Another one for each app. */
export function openId({ handle }: Person, { clientId }: SandboxClient): string {
  return `-000${digest("open", clientId, handle)}`;
}

export function unionId({ handle }: Person): string {
  return digest("union", handle);
}

export const avatarUrl = ({ handle }: Person): string =>
  `https://p16-sign.tiktokcdn.com/sandbox/${encodeURIComponent(handle)}.jpeg`;

/** A private account cannot post to everybody, and a public one has no posts for its followers alone. */
export function privacyLevelsOf({ private: isPrivate = false }: Person): readonly string[] {
  const widest = isPrivate ? "FOLLOWER_OF_CREATOR" : "PUBLIC_TO_EVERYONE";
  return [widest, "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"];
}

/** Of all accounts here, in seconds. */
export const longestVideo = 600;
