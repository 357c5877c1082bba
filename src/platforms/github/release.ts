/**
 * A release is made as a draft, gets its files, and is made public by a request that changes nothing when it is sent again.
 * https://docs.github.com/rest/releases/releases
 */
import type { operations } from "@octokit/openapi-types";
import type { Api, Message, Published, Step } from "../platform.ts";
import { fileName, repositoryOf, rest, upload } from "./requests.ts";

type NewRelease = operations["repos/create-release"]["requestBody"]["content"]["application/json"];
type ChangedRelease = NonNullable<operations["repos/update-release"]["requestBody"]>["content"]["application/json"];

interface Release {
  readonly id: number;
  readonly html_url: string;
  readonly draft: boolean;
  readonly tag_name: string;
  readonly name: string | null;
  readonly body: string | null;
  readonly assets?: readonly { readonly id: number; readonly name: string; readonly state: string }[];
}

export interface Draft {
  readonly id: number;
}

const pathOf = (message: Message): string => {
  const { owner, name } = repositoryOf(message);
  return `/repos/${owner}/${name}/releases`;
};

const flag = ({ options }: Message, name: string): boolean => options[name] === true;

export async function draftRelease(api: Api, message: Message, step: Step): Promise<Draft> {
  const draft = await step("draft", () => madeDraft(api, message));
  const files = [...message.images, message.video, message.document].filter((file) => file !== null);
  for (const [index, { file }] of files.entries()) {
    await step(`file ${index}`, () => attach(api, message, draft, file, index));
  }
  return draft;
}

/** One that is there already is of a try whose answer was lost: nobody sees two drafts. */
async function madeDraft(api: Api, message: Message): Promise<Draft> {
  const { options, title, text } = message;
  const json = {
    tag_name: String(options["tag"]),
    name: title ?? String(options["tag"]),
    body: text,
    draft: true,
    prerelease: flag(message, "prerelease"),
    generate_release_notes: flag(message, "generate-notes"),
    ...(options["target"] === undefined ? {} : { target_commitish: String(options["target"]) }),
    ...(options["category"] === undefined ? {} : { discussion_category_name: String(options["category"]) }),
  } satisfies NewRelease;
  const { body } = await rest(api, "GET", pathOf(message), { query: { per_page: "30" }, repeatable: true });
  const left = (body as readonly Release[]).find(
    (release) =>
      release.draft && release.tag_name === json.tag_name && release.name === json.name && release.body === text,
  );
  if (left) return { id: left.id };
  const made = await rest(api, "POST", pathOf(message), { json, resumable: true });
  return { id: (made.body as Release).id };
}

/** An asset of this name that is only half there is taken away first: GitHub keeps what came of a broken upload. */
async function attach(api: Api, message: Message, { id }: Draft, path: string, index: number): Promise<true> {
  const files = [...message.images, message.video, message.document].filter((file) => file !== null);
  const file = files[index];
  if (!file) return true;
  const name = fileName(path);
  const { body } = await rest(api, "GET", `${pathOf(message)}/${id}`, { repeatable: true });
  const there = (body as Release).assets?.find((asset) => asset.name === name);
  if (there?.state === "uploaded") return true;
  if (there) await rest(api, "DELETE", `${pathOf(message)}/assets/${there.id}`, { repeatable: true, accepts: [404] });
  const source = await api.open(file);
  await upload(api, `${pathOf(message)}/${id}/assets`, {
    query: { name },
    file: { source, start: 0, end: source.size },
    resumable: true,
  });
  return true;
}

export async function publishRelease(api: Api, message: Message, { id }: Draft): Promise<Published> {
  const path = `${pathOf(message)}/${id}`;
  const json = {
    draft: false,
    ...(flag(message, "prerelease") ? {} : { make_latest: "true" as const }),
  } satisfies ChangedRelease;
  const { body } = flag(message, "draft") ? await rest(api, "GET", path) : await rest(api, "PATCH", path, { json });
  return publishedAs(message, body as Release);
}

export async function findRelease(api: Api, message: Message, { id }: Draft): Promise<Published | null> {
  const { body, status } = await rest(api, "GET", `${pathOf(message)}/${id}`, { repeatable: true, accepts: [404] });
  const release = body as Release;
  return status === 404 || release.draft ? null : publishedAs(message, release);
}

/** `remoteId`: `owner/name/id`. */
export function deleteRelease(api: Api, remoteId: string) {
  const [, repository, id] = /^(.+)\/(\d+)$/.exec(remoteId) ?? [];
  return rest(api, "DELETE", `/repos/${repository}/releases/${id}`);
}

function publishedAs(message: Message, { id, html_url: url }: Release): Published {
  const { owner, name } = repositoryOf(message);
  return { remoteId: `release:${owner}/${name}/${id}`, url };
}
