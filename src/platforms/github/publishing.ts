/** A gist, a release, or a discussion, as `--option github.as` says. */
import { Failure } from "../../domain/failure.ts";
import { days } from "../../domain/time.ts";
import type { Api, Message, Publishing } from "../platform.ts";
import { createDiscussion, deleteDiscussion, findDiscussion, type Place, placeOf } from "./discussion.ts";
import { createGist, deleteGist, findGist } from "./gist.ts";
import { type Draft, deleteRelease, draftRelease, findRelease, publishRelease } from "./release.ts";
import { kindOf } from "./requests.ts";

const deletions: Readonly<Record<string, (api: Api, id: string) => Promise<unknown>>> = {
  gist: deleteGist,
  release: deleteRelease,
  discussion: deleteDiscussion,
};

export const publishing: Publishing = {
  prepare: async (api, message, step) => {
    const kind = kindOf(message);
    if (kind === "release") return draftRelease(api, message, step);
    return kind === "discussion" ? placeOf(api, message, step) : null;
  },
  commit: (api, message, { prepared }) => {
    const kind = kindOf(message);
    if (kind === "release") return publishRelease(api, message, prepared as Draft);
    return kind === "discussion" ? createDiscussion(api, message, prepared as Place) : createGist(api, message);
  },
  // Making a draft public twice is making it public.
  idempotentFor: (_api, message) => (kindOf(message) === "release" ? days(7) : 0),
  keeps: days(7),
  confirm: async (api, message, { prepared }, since) => {
    const kind = kindOf(message);
    if (kind === "release") return findRelease(api, message, prepared as Draft);
    return kind === "discussion" ? findDiscussion(api, message, since) : findGist(api, message, since);
  },
  delete: async (api, remoteId) => {
    const [, kind = "", id = ""] = /^([a-z]+):(.+)$/.exec(remoteId) ?? [];
    await deletions[kind]?.(api, id).catch((error: unknown) => {
      if (!(error instanceof Failure && error.code === "not_found")) throw error;
    });
  },
};

/** What limits cannot say, since they are one for all three. */
export function problemsOf(message: Message): readonly string[] {
  const { options, title, text, visibility } = message;
  const kind = kindOf(message);
  const files = [...message.images, message.video, message.document].some((file) => file !== null);
  const needsRepository = kind !== "gist" && options["repository"] === undefined;
  return [
    ...(needsRepository ? [`a ${kind} needs --option github.repository=OWNER/NAME`] : []),
    ...(kind === "release" && options["tag"] === undefined ? ["a release needs --option github.tag=TAG"] : []),
    ...(kind === "discussion" && title === null ? ["a discussion needs a title"] : []),
    ...(kind !== "release" && files ? [`a ${kind} takes no files; a release does`] : []),
    ...(kind !== "release" && text === "" ? [`a ${kind} needs a text`] : []),
    ...(kind !== "gist" && visibility === "secret" ? ["only gists can be secret"] : []),
    ...(kind === "discussion" && [...text].length > 65_536 ? ["a discussion has at most 65,536 characters"] : []),
  ];
}
