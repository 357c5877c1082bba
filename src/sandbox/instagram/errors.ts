/** Instagram's error table. https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/error-codes */
import { graphError, graphErrors } from "../graph/errors.ts";

const published =
  (code: number, subcode: number, message: string, user = message, title?: string) =>
  (): Response =>
    graphError({ code, subcode, message, transient: false, user, ...(title === undefined ? {} : { title }) });

export const fetchFailed = (url: string): Response =>
  published(
    9004,
    2207052,
    "Only photo or video can be accepted as media type.",
    `The media could not be fetched from this URI: ${url}. Please check the limitations section of our development document for more information.`,
    "Media download has failed. The media URI doesn't meet our requirements.",
  )();

const upload =
  (status: number, type: string, message: string, retriable = false) =>
  (): Response =>
    Response.json({ debug_info: { retriable, type, message } }, { status });

/** What the host that files are sent to refuses. */
export const uploadErrors = {
  "upload-unauthorized": upload(400, "NotAuthorizedError", "User not authorized to perform this request"),
  "upload-offset": upload(400, "OffsetInvalidError", "Offset is not what was received"),
  "upload-partial": upload(500, "PartialRequestError", "Partial request (did not match length of file)", true),
  "upload-refused": upload(400, "ProcessingFailedError", "Request processing failed"),
} as const;

export const publishingErrors = {
  "download-timeout": published(-2, 2207003, "It takes too long to download the media."),
  "media-expired": published(
    -2,
    2207020,
    "The media you are trying to access has expired. Please try to upload again.",
  ),
  "server-error": published(-1, 2207001, "Instagram server error. Try again."),
  "container-failed": published(-1, 2207032, "Create media fail, please try to re-create media"),
  "upload-unknown": published(-1, 2207053, "unknown upload error"),
  "thumb-offset": published(
    1,
    2207057,
    "Thumbnail offset must be greater than or equal to 0 and less than video duration, i.e. 4",
  ),
  spam: published(
    4,
    2207051,
    "We restrict certain activity to protect our community. Tell us if you think we made a mistake.",
  ),
  "publishing-limit": published(
    9,
    2207042,
    "You reached maximum number of posts that is allowed to be published by Content Publishing API.",
  ),
  "media-missing": published(24, 2207006, "The media with 1 cannot be found."),
  "builder-missing": published(
    24,
    2207008,
    "The media builder with creation id = 1 does not exist or has been expired.",
  ),
  restricted: published(25, 2207050, "The Instagram account is restricted."),
  "media-type": published(100, 2207023, "The media type 1 is unknown."),
  "carousel-count": published(
    100,
    2207028,
    "Your post won't work as a carousel. Carousels need 2 to 10 photos/videos.",
  ),
  "product-position": published(100, 2207035, "Product tag positions should not be specified for video media"),
  "product-no-position": published(100, 2207036, "Product tag positions are required for photo media"),
  "product-invalid": published(100, 2207037, "We couldn't add all of your product tags."),
  "too-many-tags": published(100, 2207040, "Cannot use more than 20 tags."),
  "video-media-type": published(
    100,
    2207067,
    "The VIDEO value for media_type is no longer supported. Use the REELS media type.",
  ),
  "trial-reel": published(100, 2207081, "This account doesn't support Trial Reels."),
  "video-format": published(
    352,
    2207026,
    "The video format is not supported. Please check spec for supported video format",
  ),
  "fetch-failed": () => fetchFailed("https://example.com/photo.jpg"),
  "not-ready": published(
    9007,
    2207027,
    "Media ID is not available",
    "The media is not ready to be published. Please wait a moment.",
    "Cannot publish",
  ),
  "picture-too-large": published(36000, 2207004, "The image is too large to download. It should be less than 8 MiB."),
  "picture-format": published(36001, 2207005, "The image format is not supported."),
  "picture-aspect": published(36003, 2207009, "The submitted image has an aspect ratio that is not supported."),
  "caption-too-long": published(36004, 2207010, "The caption was too long. The maximum number of characters is 2200."),
} as const;

/** The rows that a fault can be ordered by. */
export const instagramErrors = { ...graphErrors, ...publishingErrors, ...uploadErrors } as const satisfies Record<
  string,
  () => Response
>;
