/** What a record of a post must be. lexicons/app/bsky/feed/post.json and those that it names */

type Json = Readonly<Record<string, unknown>>;

/** Files that a record points to. */
export interface BlobReference {
  readonly cid: string;
  readonly mimeType: string;
  readonly size: number;
}

/** What is wrong with it, in the words of the server; null: nothing. */
export function problemOf(record: unknown): string | null {
  try {
    checkPost(object(record, "Record"));
    return null;
  } catch (error) {
    if (error instanceof RangeError) return `Invalid app.bsky.feed.post record: ${error.message}`;
    throw error;
  }
}

function checkPost(post: Json): void {
  if (post["$type"] !== "app.bsky.feed.post") throw new RangeError('Record/$type must be "app.bsky.feed.post"');
  const text = string(post["text"], "Record/text", { bytes: 3000, graphemes: 300 });
  if (
    !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.test(
      string(post["createdAt"], "Record/createdAt"),
    )
  ) {
    throw new RangeError("Record/createdAt must be an valid atproto datetime");
  }
  list(post["facets"], "Record/facets", Number.POSITIVE_INFINITY, (facet, path) => checkFacet(facet, path, text));
  list(post["langs"], "Record/langs", 3, (language, path) => {
    if (!/^[a-z]{2,3}(-[A-Za-z0-9]+)*$/.test(string(language, path)))
      throw new RangeError(`${path} must be a language`);
  });
  list(post["tags"], "Record/tags", 8, (tag, path) => string(tag, path, { bytes: 640, graphemes: 64 }));
  if (post["reply"] !== undefined) {
    const reply = object(post["reply"], "Record/reply");
    for (const name of ["root", "parent"]) strongReference(reply[name], `Record/reply/${name}`);
  }
  if (post["embed"] !== undefined) checkEmbed(post["embed"], "Record/embed");
  if (post["labels"] !== undefined) checkLabels(object(post["labels"], "Record/labels"));
}

function checkFacet(facet: unknown, path: string, text: string): void {
  const { index, features } = object(facet, path);
  const { byteStart: start, byteEnd: end } = object(index, `${path}/index`);
  for (const [name, value] of Object.entries({ byteStart: start, byteEnd: end })) {
    if (!Number.isInteger(value) || (value as number) < 0)
      throw new RangeError(`${path}/index/${name} must be an integer`);
  }
  // The app shows nothing of these, and says nothing.
  const bytes = Buffer.from(text);
  const within = bytes.subarray(start as number, end as number).toString();
  if ((end as number) > bytes.length || !text.includes(within) || within === "") {
    throw new RangeError(`${path}/index points into the middle of a character, or past the end`);
  }
  list(features, `${path}/features`, Number.POSITIVE_INFINITY, (feature, at) => {
    const { $type: type, uri, did, tag } = object(feature, at);
    if (type === "app.bsky.richtext.facet#link") webAddress(uri, `${at}/uri`);
    else if (type === "app.bsky.richtext.facet#mention") {
      if (!/^did:[a-z]+:./.test(string(did, `${at}/did`))) throw new RangeError(`${at}/did must be a valid did`);
    } else if (type === "app.bsky.richtext.facet#tag") string(tag, `${at}/tag`, { bytes: 640, graphemes: 64 });
  });
}

function checkEmbed(embed: unknown, path: string): void {
  const given = object(embed, path);
  const { $type: type } = given;
  switch (type) {
    case "app.bsky.embed.images":
      return list(given["images"], `${path}/images`, 4, (image, at) => {
        const { image: blob, alt, aspectRatio } = object(image, at);
        blobReference(blob, `${at}/image`, /^image\//, 2_000_000);
        string(alt, `${at}/alt`);
        aspect(aspectRatio, `${at}/aspectRatio`);
      });
    case "app.bsky.embed.video":
      blobReference(given["video"], `${path}/video`, /^video\/mp4$/, 300_000_000);
      return aspect(given["aspectRatio"], `${path}/aspectRatio`);
    case "app.bsky.embed.external": {
      const { uri, title, description, thumb } = object(given["external"], `${path}/external`);
      webAddress(uri, `${path}/external/uri`);
      string(title, `${path}/external/title`);
      string(description, `${path}/external/description`);
      if (thumb !== undefined) blobReference(thumb, `${path}/external/thumb`, /^image\//, 1_000_000);
      return;
    }
    case "app.bsky.embed.record":
      return strongReference(given["record"], `${path}/record`);
    case "app.bsky.embed.recordWithMedia":
      strongReference(object(given["record"], `${path}/record`)["record"], `${path}/record/record`);
      return checkEmbed(given["media"], `${path}/media`);
    default:
      throw new RangeError(`${path} $type must be one of app.bsky.embed.images, app.bsky.embed.video, …`);
  }
}

function checkLabels({ $type: type, values }: Json): void {
  if (type !== "com.atproto.label.defs#selfLabels") throw new RangeError("Record/labels $type must be selfLabels");
  list(values, "Record/labels/values", 10, (value, at) =>
    string(object(value, at)["val"], `${at}/val`, { bytes: 128 }),
  );
}

/** Every file that a record points to, however deep. */
export function blobsIn(value: unknown): BlobReference[] {
  if (typeof value !== "object" || value === null) return [];
  const { $type: type, ref, mimeType, size } = value as Json;
  if (type === "blob") {
    return [{ cid: String((ref as Json)["$link"]), mimeType: String(mimeType), size: Number(size) }];
  }
  return Object.values(value).flatMap(blobsIn);
}

function object(value: unknown, path: string): Json {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw new RangeError(`${path} must be an object`);
}

function string(value: unknown, path: string, most: { bytes?: number; graphemes?: number } = {}): string {
  if (typeof value !== "string") throw new RangeError(`${path} must be a string`);
  if (Buffer.byteLength(value) > (most.bytes ?? Number.POSITIVE_INFINITY)) {
    throw new RangeError(`${path} must not be longer than ${most.bytes} characters`);
  }
  if (most.graphemes !== undefined && [...new Intl.Segmenter().segment(value)].length > most.graphemes) {
    throw new RangeError(`${path} must not be longer than ${most.graphemes} graphemes`);
  }
  return value;
}

function list(value: unknown, path: string, most: number, check: (each: unknown, path: string) => void): void {
  if (value === undefined) return;
  if (!Array.isArray(value)) throw new RangeError(`${path} must be an array`);
  if (value.length > most) throw new RangeError(`${path} must not have more than ${most} elements`);
  value.forEach((each, at) => {
    check(each, `${path}/${at}`);
  });
}

function webAddress(value: unknown, path: string): void {
  if (!/^[a-z][a-z0-9+.-]*:\S+$/i.test(string(value, path))) throw new RangeError(`${path} must be a uri`);
}

function strongReference(value: unknown, path: string): void {
  const { uri, cid } = object(value, path);
  if (!/^at:\/\/[^/]+\/[^/]+\/[^/]+$/.test(string(uri, `${path}/uri`)))
    throw new RangeError(`${path}/uri must be a valid at-uri`);
  if (!/^baf[a-z2-7]{50,}$/.test(string(cid, `${path}/cid`))) throw new RangeError(`${path}/cid must be a cid string`);
}

function blobReference(value: unknown, path: string, types: RegExp, most: number): void {
  const { $type: type, ref, mimeType, size } = object(value, path);
  const link = type === "blob" && typeof ref === "object" && ref !== null ? (ref as Json)["$link"] : undefined;
  if (typeof link !== "string" || typeof size !== "number") throw new RangeError(`${path} should be a blob ref`);
  if (!types.test(String(mimeType))) throw new RangeError(`${path} is not of an accepted type`);
  if (size > most) throw new RangeError(`This file is too large. It is ${size} but the maximum size is ${most}.`);
}

function aspect(value: unknown, path: string): void {
  if (value === undefined) return;
  for (const [name, side] of Object.entries(object(value, path))) {
    if (!Number.isInteger(side) || (side as number) < 1)
      throw new RangeError(`${path}/${name} must be an integer of at least 1`);
  }
}
