/** What Threads refuses beyond what all of Meta's platforms refuse. https://developers.facebook.com/docs/threads/troubleshooting */
import { graphError, graphErrors } from "../graph/errors.ts";

const fetchFailed = (url: string): Response =>
  graphError({
    code: 1,
    subcode: 2207052,
    message: "An unknown error occurred",
    transient: false,
    title: "Media download has failed. The media URI doesn't meet our requirements.",
    user: `The media could not be fetched from this URI: ${url}. Please check the limitations section of our development document for more information.`,
  });

/** Asked for too early, or never there: it says the same of both. */
const mediaNotFound = (id: string): Response =>
  graphError({
    code: 24,
    subcode: 4279009,
    message: "The requested resource does not exist",
    transient: false,
    title: "Media Not Found",
    user: `The media with id ${id} cannot be found.`,
  });

/** As Instagram tells it; Meta does not publish what Threads says. */
const limitReached = (): Response =>
  graphError({
    code: 9,
    subcode: 2207042,
    message: "Application request limit reached",
    transient: false,
    title: "Limit reached",
    user: "You reached maximum number of posts that is allowed to be published by Content Publishing API.",
  });

export const refusals = { fetchFailed, mediaNotFound, limitReached };

/** The rows that a fault can be ordered by. */
export const threadsErrors = {
  ...graphErrors,
  "fetch-failed": () => fetchFailed("https://example.com/photo.jpg"),
  "media-not-found": () => mediaNotFound("17900000000000007"),
  "publishing-limit": limitReached,
  "resource-gone": () => graphError({ code: 24, message: "The requested resource does not exist", transient: false }),
  "text-too-long": () => graphError({ code: 100, message: "Param text must be at most 500 characters long." }),
  "link-limit": () => graphError({ code: 100, message: "THREADS_API__LINK_LIMIT_EXCEEDED" }),
  "field-unknown": () =>
    graphError({ code: 100, type: "THApiException", message: "Tried accessing nonexisting field (status)" }),
} as const satisfies Record<string, () => Response>;
