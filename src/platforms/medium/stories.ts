/**
 * One request makes a story, and nothing tells afterwards whether it did: Medium's API lists no stories. So it is never sent again
 * by itself. https://github.com/Medium/medium-api-docs
 */
import { Failure } from "../../domain/failure.ts";
import type { Api, Message, Published, Publishing, Sending, Step } from "../platform.ts";

const host = "https://api.medium.com/v1";
const headers = { accept: "application/json" };

interface Me {
  readonly id?: string;
  readonly username?: string;
  readonly name?: string;
  readonly url?: string;
}

export async function me(api: Api): Promise<Me> {
  const answer = (await api.get(`${host}/me`, { headers })) as { data?: Me };
  return answer?.data ?? {};
}

interface Prepared {
  /** Where the story goes: `users/…`, `publications/…`. */
  readonly place: string;
  readonly images: readonly { readonly url: string; readonly alt: string }[];
}

async function prepare(api: Api, message: Message, step: Step): Promise<Prepared> {
  const place = await placeOf(api, message);
  const images: Prepared["images"][number][] = [];
  for (const [index, { file, alt }] of message.images.entries()) {
    const url = await step(`image ${index}`, () => uploaded(api, message, index));
    images.push({ url, alt: alt ?? file.split(/[\\/]/).at(-1) ?? "" });
  }
  return { place, images };
}

async function uploaded(api: Api, { images }: Message, index: number): Promise<string> {
  const image = images[index];
  if (!image) throw new TypeError(`no image ${index}`);
  const source = await api.open(image);
  const multipart = { image: { source, start: 0, end: source.size } };
  const answer = (await api.post(`${host}/images`, { multipart, headers, repeatable: true })) as {
    data?: { url?: string };
  };
  const url = answer?.data?.url;
  if (!url) throw new Failure("platform_fault", "Medium did not say where the picture is");
  return url;
}

/** @throws Failure `content_invalid` for a publication that the account does not write for */
async function placeOf(api: Api, { options }: Message): Promise<string> {
  const author = `users/${api.externalId}`;
  const wanted = options["publication"];
  if (typeof wanted !== "string") return author;
  const answer = (await api.get(`${host}/${author}/publications`, { headers })) as {
    data?: readonly { id?: string; name?: string }[];
  };
  const known = answer?.data ?? [];
  const same = (name = "") => name.toLowerCase() === wanted.trim().toLowerCase();
  const found = known.find(({ id, name }) => id === wanted || same(name));
  if (found?.id !== undefined) return `publications/${found.id}`;
  throw new Failure("content_invalid", `the account writes for no publication "${wanted}"`, {
    hint:
      known.length > 0 ? `it writes for: ${known.map(({ name }) => name).join(", ")}` : "leave medium.publication out",
  });
}

/** Of more than these nothing is said to readers, and a longer one is dropped. */
const mostTags = 5;
const longestTag = 25;

async function commit(api: Api, message: Message, { prepared }: Sending<Prepared>): Promise<Published> {
  const { title, text, tags, link, visibility, options } = message;
  const pictures = prepared.images.map(({ url, alt }) => `![${alt.replace(/[[\]]/g, "")}](${url})`);
  const json = {
    title: title ?? "",
    contentFormat: "markdown",
    // The title is for search engines: what readers see is in the text.
    content: [`# ${title}`, text, ...pictures].join("\n\n"),
    tags: tags.filter((tag) => tag.length <= longestTag).slice(0, mostTags),
    ...(link === null ? {} : { canonicalUrl: link }),
    publishStatus: visibility ?? "public",
    ...(typeof options["license"] === "string" ? { license: options["license"] } : {}),
    ...(typeof options["notify-followers"] === "boolean" ? { notifyFollowers: options["notify-followers"] } : {}),
  };
  const answer = (await api.post(`${host}/${prepared.place}/posts`, { json, headers })) as {
    data?: { id?: string; url?: string };
  };
  const { id, url } = answer?.data ?? {};
  if (id && url) return { remoteId: id, url };
  throw new Failure("delivery_unknown", "Medium did not say which story it made");
}

export const publishing: Publishing<Prepared> = { prepare, commit };
