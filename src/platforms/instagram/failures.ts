/** What Instagram's publishing refuses, by subcode. https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/error-codes */
import type { ContainerProblem } from "../containers.ts";
import { graphErrorOf } from "../graph/failures.ts";
import type { FailureRule, PlatformError } from "../platform.ts";

/** What the table says of a container that cannot be published yet. */
export const notReady = "it is not ready to be published yet";

interface Row extends Pick<FailureRule, "is" | "doubtful" | "hint"> {
  readonly subcode: number;
  readonly say: string;
  /** Of a container: another one may do. */
  readonly passing?: true;
}

const publicAddress =
  "the address must be open to everybody, https, and lead to the file itself: try it in a private browser window";
const openApp = "sign in at https://www.instagram.com and do what it asks";

const rows: readonly Row[] = [
  { subcode: 2207001, is: "transient", doubtful: true, passing: true, say: "Instagram's server broke" },
  { subcode: 2207032, is: "transient", passing: true, say: "the container could not be made" },
  { subcode: 2207053, is: "transient", passing: true, say: "the upload failed in a way that nobody knows" },
  { subcode: 2207008, is: "transient", say: notReady },
  { subcode: 2207027, is: "transient", say: notReady },
  { subcode: 2207003, is: "invalid_content", passing: true, say: "fetching it took too long", hint: publicAddress },
  { subcode: 2207020, is: "invalid_content", passing: true, say: "what was sent has expired" },
  {
    subcode: 2207052,
    is: "invalid_content",
    passing: true,
    say: "it could not be fetched from its address",
    hint: publicAddress,
  },
  { subcode: 2207004, is: "invalid_content", say: "the picture is larger than 8 MB" },
  { subcode: 2207005, is: "invalid_content", say: "the picture is no JPEG" },
  { subcode: 2207009, is: "invalid_content", say: "the picture's sides are in no proportion that it takes" },
  {
    subcode: 2207010,
    is: "invalid_content",
    say: "the caption is longer than 2200 characters, or has too many hashtags",
  },
  { subcode: 2207023, is: "invalid_content", say: "there is no such kind of media" },
  { subcode: 2207026, is: "invalid_content", say: "the video has a format that it does not take" },
  { subcode: 2207028, is: "invalid_content", say: "a carousel has 2 to 10 items" },
  { subcode: 2207035, is: "invalid_content", say: "a tagged product has a place on a video" },
  { subcode: 2207036, is: "invalid_content", say: "a tagged product has no place on a picture" },
  { subcode: 2207037, is: "invalid_content", say: "a tagged product cannot be tagged" },
  { subcode: 2207040, is: "invalid_content", say: "more than 20 people are tagged" },
  { subcode: 2207057, is: "invalid_content", say: "the cover is not within the video" },
  { subcode: 2207067, is: "invalid_content", say: "the media type VIDEO is no longer taken: Reels are" },
  { subcode: 2207081, is: "invalid_content", say: "this account cannot post trial Reels" },
  { subcode: 2207006, is: "invalid_content", say: "what is to be published is not there, or not yours" },
  { subcode: 2207042, is: "rate_limited", say: "the posts of the last 24 hours are as many as the API publishes" },
  { subcode: 2207050, is: "permission", say: "the account is inactive or restricted", hint: openApp },
  { subcode: 2207051, is: "permission", say: "blocked as if it were spam; it is not tried again", hint: openApp },
];

export const publishingFailures: readonly FailureRule[] = [
  ...rows.map(({ passing: _passing, ...rule }): FailureRule => rule),
  // Of the host that files are sent to, which has a shape of its own.
  { code: "NotAuthorizedError", is: "reauth" },
  { code: "OffsetInvalidError", is: "transient", say: "the upload goes on from another place" },
  { code: "ProcessingFailedError", is: "invalid_content", say: "the upload was not taken" },
  {
    code: 10,
    is: "scope",
    say: "the app was not given this permission",
    hint: "allow all of it: agencyiq connect instagram",
  },
];

/** A container tells of what went wrong by the same numbers. */
export const containerProblems: Readonly<Record<string, ContainerProblem>> = Object.fromEntries(
  rows.map(({ subcode, say, passing }) => [String(subcode), { say, ...(passing ? { passing } : {}) }]),
);

/** `{debug_info: {retriable, type, message}}` where files are sent to, else as everywhere at Meta. */
export function instagramErrorOf(body: unknown): PlatformError {
  const { debug_info: upload } = (typeof body === "object" && body !== null ? body : {}) as {
    debug_info?: { retriable?: unknown; type?: unknown; message?: unknown };
  };
  if (!upload) return graphErrorOf(body);
  const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
  return { code: text(upload.type), transient: upload.retriable === true, message: text(upload.message) };
}
