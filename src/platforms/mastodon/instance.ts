/** What a server says of itself, and what it takes. https://docs.joinmastodon.org/entities/Instance */
import { codePoints } from "../../domain/counting/units.ts";
import { Failure } from "../../domain/failure.ts";
import { type Limits, mebibytes } from "../../domain/limits.ts";
import type { Api, Facts } from "../platform.ts";
import { statusCharacters } from "../status-text.ts";

interface Configuration {
  readonly statuses?: Told;
  readonly media_attachments?: Told & { readonly supported_mime_types?: readonly string[] };
  readonly polls?: Told;
}

type Told = Readonly<Record<string, unknown>>;

export interface Instance {
  /** Of handles; null: it does not say. */
  readonly domain: string | null;
  readonly version: string;
  readonly configuration: Configuration;
  /** Grows with what clients can ask for; null: not told (before 4.3, and by servers of other makes). */
  readonly apiVersion: number | null;
}

/** By the present address, else by that of servers before 4.0 and of other makes. @throws Failure `usage` */
export async function instanceAt(api: Api, origin: string): Promise<Instance> {
  const accepts = [301, 302, 303, 307, 308, 401, 403, 404, 405, 406, 410];
  for (const version of ["v2", "v1"]) {
    const { status, headers, body } = await api.call("GET", `${origin}/api/${version}/instance`, {
      repeatable: true,
      accepts,
    });
    if (status >= 300 && status < 400) throw moved(origin, headers["location"]);
    const told = status === 200 ? read(body) : null;
    if (told) return told;
  }
  throw new Failure("usage", `${new URL(origin).host} is no Mastodon server`, {
    hint: "name the one where you sign in, which may be another than in your handle",
  });
}

/** A token is not taken along to another server. */
function moved(origin: string, location: string | undefined): Failure {
  const to =
    location !== undefined && URL.canParse(location, origin) ? new URL(location, origin).host : "another place";
  return new Failure("usage", `${new URL(origin).host} has moved to ${to}`, { hint: `--instance ${to}` });
}

function read(body: unknown): Instance | null {
  if (typeof body !== "object" || body === null) return null;
  const told = body as Told;
  // The older document names it so; some other makes as a whole address.
  const { domain = told["uri"], version, configuration } = told;
  if (typeof version !== "string") return null;
  const versions = (told["api_versions"] ?? {}) as Told;
  return {
    domain: typeof domain === "string" ? domain.replace(/^https?:\/\/|\/+$/g, "") : null,
    version,
    configuration: typeof configuration === "object" && configuration !== null ? configuration : {},
    apiVersion: typeof versions["mastodon"] === "number" ? versions["mastodon"] : null,
  };
}

/** Since when a post can quote another one (4.5). */
const quotesFrom = 7;

/** What is kept of it, for an account there. */
export function factsIn({ version, configuration, apiVersion }: Instance): Facts {
  const { statuses = {}, media_attachments: media = {}, polls } = configuration;
  const figures: Record<string, unknown> = {
    characters: statuses["max_characters"],
    "characters-per-url": statuses["characters_reserved_per_url"],
    files: statuses["max_media_attachments"],
    "alt-characters": media["description_limit"],
    "image-bytes": media["image_size_limit"],
    "image-pixels": media["image_matrix_limit"],
    "video-bytes": media["video_size_limit"],
    "video-pixels": media["video_matrix_limit"],
    "video-frames": media["video_frame_rate_limit"],
    "poll-options": polls?.["max_options"],
    "poll-characters": polls?.["max_characters_per_option"],
    "poll-shortest": polls?.["min_expiration"],
    "poll-longest": polls?.["max_expiration"],
  };
  const numbers = Object.entries(figures).filter(([, value]) => typeof value === "number" && value > 0);
  const types = media.supported_mime_types;
  return {
    version,
    ...Object.fromEntries(numbers.map(([name, value]) => [name, String(value)])),
    ...(Array.isArray(types) ? { types: types.join(" ") } : {}),
    ...((apiVersion ?? 0) >= quotesFrom ? { quotes: "yes" } : {}),
  };
}

// Mastodon's own, where a server does not say.
const usual = {
  characters: 500,
  "characters-per-url": 23,
  files: 4,
  "alt-characters": 1500,
  "image-bytes": mebibytes(16),
  "image-pixels": 33_177_600,
  "video-bytes": mebibytes(99),
  "video-pixels": 8_294_400,
  "video-frames": 120,
  "poll-options": 4,
  "poll-characters": 50,
  "poll-shortest": 300,
  "poll-longest": 2_629_746,
};
const usualTypes = "image/jpeg image/png image/gif image/webp video/mp4 video/quicktime video/webm";

/** As large as a server's own figure says. */
export function limitsFor(facts: Facts): Limits {
  const figure = (name: keyof typeof usual) => Number(facts[name] ?? usual[name]);
  const types = (facts["types"] ?? usualTypes).split(" ");
  const picture = { bytes: figure("image-bytes"), pixels: figure("image-pixels") };
  const stills = types.filter((type) => type.startsWith("image/") && type !== "image/gif");
  const counted = (text: string) => statusCharacters(text, figure("characters-per-url"));
  const letters = (max: number) => ({ max, unit: "characters", measure: counted });
  return {
    text: letters(figure("characters")),
    alt: { max: figure("alt-characters"), unit: "characters", measure: codePoints },
    images: { ...picture, max: figure("files"), types: [...stills, "image/gif"] },
    // One that moves becomes a video, and a post has one of those.
    gif: { ...picture, max: 1, types: ["image/gif"] },
    video: {
      types: types.filter((type) => type.startsWith("video/")),
      bytes: figure("video-bytes"),
      pixels: figure("video-pixels"),
      framesPerSecond: figure("video-frames"),
    },
    thumbnail: { ...picture, types: stills },
    poll: {
      options: { min: 2, max: figure("poll-options") },
      option: { max: figure("poll-characters"), unit: "characters", measure: codePoints },
      minutes: { min: Math.ceil(figure("poll-shortest") / 60), max: Math.floor(figure("poll-longest") / 60) },
    },
    oneOf: ["images", "gif", "video", "poll"],
    reply: true,
    thread: true,
    visibility: ["public", "unlisted", "private", "direct"],
    ...(facts["quotes"] === "yes" ? { quote: true } : {}),
  };
}
