/** What only Facebook's Pages are refused for, beside what all of Meta is. */
import { graphError, graphErrors, invalidParameter } from "../graph/errors.ts";

const problemUploading = "There was a problem uploading your video. Please try again.";

const restricted = (subcode: number, message: string): (() => Response) => {
  return () => graphError({ code: 368, subcode, message, title: "Restricted" });
};

const chunk = (subcode: number, message: string): (() => Response) => {
  return () => graphError({ code: 6001, subcode, message, data: { start_offset: 0, end_offset: 1_048_576 } });
};

const facebookOnly = {
  "photo-too-large": () =>
    invalidParameter(
      "Invalid parameter",
      1366046,
      "Your photos couldn't be uploaded. Photos should be smaller than 4 MB and saved as JPG, PNG, GIF, TIFF, HEIF or WebP files.",
    ),
  "image-invalid": () => graphError({ code: 324, subcode: 2069019, message: "Missing or invalid image file" }),
  "image-missing": () => graphError({ code: 324, message: "(#324) Requires upload file" }),
  "video-refused": () => invalidParameter("Invalid parameter", 1363047, "The video could not be accepted."),
  "link-to-facebook": () => invalidParameter("Invalid parameter", 1609008, "You can't post facebook.com links."),
  "link-blocked": () => invalidParameter("Invalid parameter", 1609009, "This link goes against our standards."),
  "link-unreachable": () => invalidParameter("Invalid parameter", 1609010, "The link could not be reached."),
  "content-format": () => invalidParameter("Invalid parameter", 1349125, "The content has a format that is not taken."),
  "security-check": restricted(1404006, "We couldn't post your comment: a security check is required to proceed."),
  "page-authorization": restricted(1404078, "Page publishing authorization is required."),
  "community-standards": restricted(1404102, "The content goes against the Community Standards."),
  "account-limited": () =>
    graphError({
      code: 200,
      subcode: 1404112,
      message: "For security reasons, your account has limited access for a few days.",
    }),
  "upload-timed-out": chunk(1363030, "Video upload timed out."),
  "upload-problem": chunk(1363019, problemUploading),
  "upload-offset": chunk(1363037, problemUploading),
  "upload-session": chunk(1363041, "The upload session is not valid."),
  "reels-limit": () =>
    graphError({ code: 613, message: "(#613) The Page has published 30 reels by the API within 24 hours." }),
  "upload-refused": () =>
    new Response(
      JSON.stringify({
        debug_info: { retriable: false, type: "OffsetInvalidError", message: "Offset is not what was received" },
      }),
      { status: 400, headers: { "content-type": "application/json" } },
    ),
  "upload-retriable": () =>
    new Response(
      JSON.stringify({
        debug_info: {
          retriable: true,
          type: "PartialRequestError",
          message: "Partial request (did not match length of file)",
        },
      }),
      { status: 400, headers: { "content-type": "application/json" } },
    ),
} as const satisfies Record<string, () => Response>;

export const facebookErrors = { ...graphErrors, ...facebookOnly } as const;
