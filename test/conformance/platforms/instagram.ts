import type { ConformanceData } from "../conformance.ts";
import { graph } from "../graph.ts";

/** Each error the sandbox's Instagram can give, and what it must mean here. */
export const data: ConformanceData = {
  post: { method: "POST", path: "/v26.0/17841000000000001/media_publish" },
  externalId: "17841000000000001",
  tries: 4,
  prepared: { container: "17900000000000007", kind: "post" },
  errors: {
    ...graph,
    "download-timeout": "content_invalid",
    "media-expired": "content_invalid",
    // What met it may be public.
    "server-error": "delivery_unknown",
    "container-failed": "platform_fault",
    "upload-unknown": "platform_fault",
    "thumb-offset": "content_invalid",
    spam: "not_permitted",
    "publishing-limit": "rate_limited",
    "media-missing": "content_invalid",
    "builder-missing": "platform_fault",
    restricted: "not_permitted",
    "media-type": "content_invalid",
    "carousel-count": "content_invalid",
    "product-position": "content_invalid",
    "product-no-position": "content_invalid",
    "product-invalid": "content_invalid",
    "too-many-tags": "content_invalid",
    "video-media-type": "content_invalid",
    "trial-reel": "content_invalid",
    "video-format": "content_invalid",
    "fetch-failed": "content_invalid",
    "not-ready": "platform_fault",
    "picture-too-large": "content_invalid",
    "picture-format": "content_invalid",
    "picture-aspect": "content_invalid",
    "caption-too-long": "content_invalid",
    "upload-unauthorized": "needs_reauth",
    "upload-offset": "platform_fault",
    // To the request that makes a post public it may be anything.
    "upload-partial": "delivery_unknown",
    "upload-refused": "content_invalid",
  },
};
