/** https://docs.github.com/rest/gists/gists */

import type { operations } from "@octokit/openapi-types";
import { utf8Bytes } from "../../domain/counting/units.ts";
import { type Instant, toTimestamp } from "../../domain/time.ts";
import type { Api, Message, Published } from "../platform.ts";
import { rest } from "./requests.ts";

type NewGist = operations["gists/create"]["requestBody"]["content"]["application/json"];

interface Gist {
  readonly id: string;
  readonly html_url: string;
  readonly description: string | null;
  readonly public: boolean;
  readonly created_at: string;
  readonly files: Readonly<Record<string, { readonly size?: number }>>;
}

const nameOf = ({ options }: Message): string => String(options["file-name"] ?? "post.md");

export async function createGist(api: Api, message: Message): Promise<Published> {
  const json = {
    description: message.title ?? "",
    public: message.visibility !== "secret",
    files: { [nameOf(message)]: { content: message.text } },
  } satisfies NewGist;
  const { body } = await rest(api, "POST", "/gists", { json });
  return publishedAs(body as Gist);
}

/** The list has no contents, so name, description and size have to do. Undefined: one could be it. */
export async function findGist(api: Api, message: Message, since: Instant): Promise<Published | null | undefined> {
  const query = { since: toTimestamp(since), per_page: "100" };
  const { body } = await rest(api, "GET", "/gists", { query, repeatable: true });
  const gists = (body as readonly Gist[]).filter((gist) => Date.parse(gist.created_at) >= since - 1000);
  const found = gists.filter(
    ({ description, files, public: shown }) =>
      (description ?? "") === (message.title ?? "") &&
      shown === (message.visibility !== "secret") &&
      files[nameOf(message)]?.size === utf8Bytes(message.text),
  );
  const [only, another] = found;
  if (only) return another ? undefined : publishedAs(only);
  const likely = gists.some(({ files }) => nameOf(message) in files);
  return gists.length < 100 && !likely ? null : undefined;
}

export const deleteGist = (api: Api, id: string) => rest(api, "DELETE", `/gists/${id}`);

const publishedAs = ({ id, html_url: url }: Gist): Published => ({ remoteId: `gist:${id}`, url });
