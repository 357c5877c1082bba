/** The body of POST /rest/posts. https://learn.microsoft.com/linkedin/marketing/community-management/shares/post-api-schema */
import { type Check, flag, list, oneOf, record, text, union } from "./schema.ts";

export interface PostRequest {
  readonly author: string;
  readonly commentary: string;
  readonly visibility: "PUBLIC" | "CONNECTIONS" | "LOGGED_IN" | "CONTAINER";
  readonly lifecycleState: "PUBLISHED" | "DRAFT";
  readonly content?: Content;
  readonly reshareContext?: { readonly parent: string };
}

export interface Content {
  readonly media?: Media;
  readonly multiImage?: { readonly images: readonly Media[] };
  readonly article?: {
    readonly source: string;
    readonly title: string;
    readonly description?: string;
    readonly thumbnail?: string;
  };
  readonly poll?: {
    readonly question: string;
    readonly options: readonly { readonly text: string }[];
    readonly settings: { readonly duration: keyof typeof durations };
  };
}

interface Media {
  readonly id: string;
  readonly title?: string;
  readonly altText?: string;
}

/** Days. */
export const durations = { ONE_DAY: 1, THREE_DAYS: 3, ONE_WEEK: 7, TWO_WEEKS: 14 } as const;

const urn = (...kinds: readonly string[]) => text({ shape: new RegExp(`^urn:li:(?:${kinds.join("|")}):[\\w-]+$`) });

const nobody = list(record({}, []), { max: 0 });

const content: Check = union({
  media: record({ id: urn("image", "video", "document"), title: text(), altText: text({ max: 4086 }) }, ["id"]),
  multiImage: record(
    {
      images: list(record({ id: urn("image"), altText: text({ max: 4086 }) }, ["id"]), { min: 2, max: 20 }),
      altText: text(),
    },
    ["images"],
  ),
  article: record(
    { source: text({ shape: /^https?:\/\/\S+$/ }), title: text(), description: text(), thumbnail: urn("image") },
    ["source", "title"],
  ),
  poll: record(
    {
      question: text({ max: 140 }),
      options: list(record({ text: text({ max: 30 }) }, ["text"]), { min: 2, max: 4 }),
      settings: record(
        {
          duration: oneOf(...Object.keys(durations)),
          voteSelectionType: oneOf("SINGLE_VOTE", "MULTIPLE_VOTE"),
          isVoterVisibleToAuthor: flag,
        },
        ["duration"],
      ),
    },
    ["question", "options", "settings"],
  ),
});

const schema: Check = record(
  {
    author: urn("person", "organization"),
    commentary: text(),
    visibility: oneOf("PUBLIC", "CONNECTIONS", "LOGGED_IN", "CONTAINER"),
    distribution: record(
      {
        feedDistribution: oneOf("MAIN_FEED", "NONE"),
        // Targeting and third parties are for advertisers.
        targetEntities: nobody,
        thirdPartyDistributionChannels: nobody,
      },
      ["feedDistribution"],
    ),
    content,
    lifecycleState: oneOf("PUBLISHED", "DRAFT"),
    isReshareDisabledByAuthor: flag,
    reshareContext: record({ parent: urn("share", "ugcPost") }, ["parent"]),
  },
  ["author", "commentary", "visibility", "distribution", "lifecycleState"],
);

/** The request, or what is wrong with it. */
export function readPostRequest(body: unknown): PostRequest | readonly string[] {
  const problems = schema(body, "");
  return problems.length > 0 ? problems : (body as PostRequest);
}
