/** The servers that the sandbox plays: one of today, and one of years ago with rules of its own. */

export interface Server {
  readonly host: string;
  /** In handles. */
  readonly domain: string;
  readonly title: string;
  readonly version: string;
  /** Since 4.3 a server publishes where its endpoints are, knows PKCE, and tells its API's version. */
  readonly apiVersion: number | null;
  readonly characters: number;
  readonly files: number;
  readonly altCharacters: number;
  readonly imageBytes: number;
  readonly imagePixels: number;
  readonly videoBytes: number;
  readonly pollOptions: number;
  readonly types: readonly string[];
}

const usualTypes = ["image/jpeg", "image/png", "image/gif", "image/webp", "video/webm", "video/mp4", "video/quicktime"];

export const servers: readonly Server[] = [
  {
    host: "mastodon.social",
    domain: "mastodon.social",
    title: "Mastodon",
    version: "4.5.2",
    apiVersion: 7,
    characters: 500,
    files: 4,
    altCharacters: 1500,
    imageBytes: 16_777_216,
    imagePixels: 33_177_600,
    videoBytes: 103_809_024,
    pollOptions: 4,
    types: [...usualTypes, "image/heic", "image/avif"],
  },
  {
    // Its handles have another domain than its address.
    host: "social.bakers.example",
    domain: "bakers.example",
    title: "The Bakers",
    version: "3.5.19",
    apiVersion: null,
    characters: 1000,
    files: 2,
    altCharacters: 1500,
    imageBytes: 10_485_760,
    imagePixels: 16_777_216,
    videoBytes: 41_943_040,
    pollOptions: 6,
    types: usualTypes,
  },
];

const configuration = (server: Server) => ({
  statuses: {
    max_characters: server.characters,
    max_media_attachments: server.files,
    characters_reserved_per_url: 23,
  },
  media_attachments: {
    ...(server.apiVersion === null ? {} : { description_limit: server.altCharacters }),
    supported_mime_types: server.types,
    image_size_limit: server.imageBytes,
    image_matrix_limit: server.imagePixels,
    video_size_limit: server.videoBytes,
    video_frame_rate_limit: server.apiVersion === null ? 60 : 120,
    video_matrix_limit: server.apiVersion === null ? 2_304_000 : 8_294_400,
  },
  polls: {
    max_options: server.pollOptions,
    max_characters_per_option: 50,
    min_expiration: 300,
    max_expiration: 2_629_746,
  },
});

/** https://docs.joinmastodon.org/entities/Instance */
export function instanceDocument(server: Server): Readonly<Record<string, unknown>> {
  const { domain, title, version, apiVersion } = server;
  return {
    domain,
    title,
    version,
    source_url: "https://github.com/mastodon/mastodon",
    description: "",
    languages: ["en"],
    configuration: { urls: {}, accounts: { max_featured_tags: 10 }, ...configuration(server) },
    registrations: { enabled: false, approval_required: false, message: null },
    api_versions: { mastodon: apiVersion },
    rules: [],
  };
}

/** https://docs.joinmastodon.org/entities/V1_Instance */
export function oldInstanceDocument(server: Server): Readonly<Record<string, unknown>> {
  const { domain, title, version } = server;
  return {
    uri: domain,
    title,
    version,
    short_description: "",
    email: "",
    languages: ["en"],
    registrations: false,
    configuration: configuration(server),
    rules: [],
  };
}
