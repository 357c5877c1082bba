/**
 * What is sent to Facebook, judged by the specification that Meta's own SDKs are made from. It lists a node's edges with their
 * parameters and types; paths, hosts and answers are not in it.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { HttpRequest } from "../../src/domain/ports/http.ts";
import type { Message } from "../../src/platforms/platform.ts";
import { connectedFacebook } from "../platforms/connected-facebook.ts";
import { fileOf, message, mp4Head, pngHead, rememberedSteps } from "../platforms/connected-x.ts";

interface Parameter {
  readonly name: string;
  readonly type: string;
  readonly required?: boolean;
}

interface Specification {
  readonly apis: readonly {
    readonly method: string;
    /** Absent: of the node itself. */
    readonly endpoint?: string;
    readonly params: readonly Parameter[];
  }[];
  readonly fields: readonly { readonly name: string }[];
}

function specification(node: string): Specification | null {
  const folder = process.env["AGENCYIQ_API_DESCRIPTIONS"];
  const path = folder ? join(folder, `meta-graph.${node}.codegen.json`) : null;
  return path && existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Specification) : null;
}

const specifications = { Page: specification("Page"), Post: specification("Post"), Photo: specification("Photo") };
const described = test.skipIf(Object.values(specifications).includes(null));
const named = "(skipped without AGENCYIQ_API_DESCRIPTIONS)";

/** Which node an edge is of, where the specification has it. */
const nodes: Readonly<Record<string, keyof typeof specifications>> = {
  feed: "Page",
  photos: "Page",
  videos: "Page",
  video_reels: "Page",
  scheduled_posts: "Page",
  comments: "Post",
};

/** Of every call, whatever it is about: https://developers.facebook.com/docs/graph-api/overview */
const ofEveryCall = ["appsecret_proof", "fields", "limit", "since"];

/** Files are left out of it, but for `thumb`; the page of the edge has it: /docs/graph-api/reference/page/photos */
const notListed: Readonly<Record<string, readonly Parameter[]>> = { photos: [{ name: "source", type: "file" }] };

const shapes: Readonly<Record<string, RegExp>> = {
  string: /^[\s\S]*$/,
  bool: /^(true|false)$/,
  "unsigned int": /^\d+$/,
  int: /^-?\d+$/,
  // Unix time is one of its forms.
  datetime: /^\d+$/,
  file: /^file of \d+ bytes$/,
  Object: /^\{.*\}$/,
  "list<Object>": /^\{.*\}$/,
};

/** The values of enumerations are not in the file; those of the guides: /docs/video-api/guides/reels-publishing */
const enumerations: Readonly<Record<string, RegExp>> = {
  pagevideo_reels_upload_phase_enum_param: /^(start|finish)$/i,
  pagevideo_reels_video_state_enum_param: /^(DRAFT|PUBLISHED|SCHEDULED)$/i,
};

type Fields = readonly (readonly [string, string])[];

async function fieldsOf({ url, headers, body }: HttpRequest): Promise<Fields> {
  const query = [...new URL(url).searchParams];
  if (body === undefined) return query;
  const pieces: Uint8Array[] = [];
  if (typeof body === "object" && "open" in body) for await (const piece of body.open()) pieces.push(piece);
  else pieces.push(Buffer.from(body as string));
  const type = headers?.["content-type"] ?? "";
  const form = await new Response(Buffer.concat(pieces), { headers: { "content-type": type } }).formData();
  return [
    ...query,
    ...[...form].map(
      ([name, value]) => [name, typeof value === "string" ? value : `file of ${value.size} bytes`] as const,
    ),
  ];
}

interface Judgement {
  readonly call: string;
  readonly deviations: readonly string[];
}

function judge(method: string, edge: string, fields: Fields): Judgement {
  const call = `${method} ${edge}`;
  const api = specifications[nodes[edge] ?? "Page"]?.apis.find(
    (each) => each.method === method && each.endpoint === edge,
  );
  if (!api) return { call, deviations: [`${call} is not described`] };
  const known = [...api.params, ...(method === "POST" ? (notListed[edge] ?? []) : [])];
  const missing = known.filter(({ name, required }) => required && !fields.some(([given]) => given === name));
  const wrong = fields.flatMap(([name, value]) => {
    if (ofEveryCall.includes(name)) return [];
    // One entry of a list.
    const parameter = known.find((each) => each.name === name.replace(/\[\d+\]$/, ""));
    if (!parameter) return [`${name} is not described`];
    const shape = shapes[parameter.type] ?? enumerations[parameter.type];
    if (!shape) return [`${name}: nothing is known of the type ${parameter.type}`];
    return shape.test(value) ? [] : [`${name}: "${value}" is no ${parameter.type}`];
  });
  return { call, deviations: [...missing.map(({ name }) => `${name} is missing`), ...wrong] };
}

const edgeOf = ({ url }: HttpRequest): string => new URL(url).pathname.split("/")[3] ?? "";

/** Everything that a post can be, with every parameter that is ever sent. */
async function everythingSent(): Promise<readonly HttpRequest[]> {
  const { api, page, publishing, publish, sent } = await connectedFacebook();
  const later = { "publish-at": Date.now() + 7_200_000 };
  const picture = (alt: string | null) => ({ file: fileOf("a.png", pngHead), alt });
  const video = { file: fileOf("a.mp4", mp4Head, 100_000), alt: null };
  const thumbnail = { ...picture(null), as: "thumbnail" as const };
  const all: readonly Partial<Message>[] = [
    { text: "A text with a link", link: "https://example.com" },
    { text: "Later", options: later },
    { text: "Pictures", images: [picture("A loaf"), picture(null)] },
    { text: "Pictures later", images: [picture("A loaf")], options: later },
    { text: "A film", title: "Rye", video, thumbnail },
    { text: "A film later", title: "Rye", video, options: later },
    { text: "A Reel", title: "Rye", video, options: { reel: true } },
    { text: "A Reel later", video, options: { reel: true, ...later } },
  ];
  for (const given of all) await publish(given);
  const first = await publish({ text: "First" });
  await publishing.comment(api, first.remoteId, "A comment");
  for (const given of [{ text: "First" }, { text: "Later", options: later }]) {
    const written = message(given);
    const prepared = await publishing.prepare(api, written, rememberedSteps().step);
    await publishing.confirm(
      api,
      written,
      { prepared, idempotencyKey: "key", step: (_name, work) => work() },
      Date.now() - 60_000,
    );
  }
  return sent.filter(({ url }) => url.includes(`/${page}/`) || url.includes("/comments"));
}

described(`every parameter is one that Meta lists, of its type ${named}`, async () => {
  const sent = await everythingSent();
  const judgements = await Promise.all(
    sent.map(async (request) => judge(request.method, edgeOf(request), await fieldsOf(request))),
  );
  for (const { call, deviations } of judgements) expect(deviations, call).toEqual([]);
  expect(new Set(judgements.map(({ call }) => call))).toEqual(
    new Set([
      "POST feed",
      "POST photos",
      "POST videos",
      "POST video_reels",
      "POST comments",
      "GET feed",
      "GET scheduled_posts",
    ]),
  );
});

described(`every field that is asked for is one that Meta lists ${named}`, async () => {
  const { sent, publish } = await connectedFacebook();
  await publish({ text: "First" });
  const asked = sent.flatMap(({ url }) => new URL(url).searchParams.get("fields")?.split(",") ?? []);
  const known = specifications.Post?.fields.map(({ name }) => name) ?? [];
  expect(asked).toEqual(["permalink_url"]);
  expect(known).toEqual(expect.arrayContaining([...asked, "id", "message", "created_time"]));
});

// A judge that lets everything pass would be none.
described.each<[string, string, Fields, string]>([
  ["a parameter that nobody knows", "feed", [["colour", "red"]], "colour is not described"],
  ["a flag that is none", "feed", [["published", "maybe"]], 'published: "maybe" is no bool'],
  ["a date in words", "photos", [["scheduled_publish_time", "tomorrow"]], "is no unsigned int"],
  ["an attachment that is no object", "feed", [["attached_media[0]", "5"]], "is no list<Object>"],
  ["a phase that is missing", "video_reels", [["video_id", "1"]], "upload_phase is missing"],
  [
    "a state that is none",
    "video_reels",
    [
      ["upload_phase", "start"],
      ["video_state", "GONE"],
    ],
    "video_state",
  ],
  ["a thumbnail that is a text", "videos", [["thumb", "picture"]], "is no file"],
  ["an edge that is not there", "colours", [], "POST colours is not described"],
])(`%s is noticed ${named}`, (_, edge, fields, deviation) => {
  expect(judge("POST", edge, fields).deviations.join()).toContain(deviation);
});
