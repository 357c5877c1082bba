import type { ConformanceData } from "../conformance.ts";
import { graph } from "../graph.ts";

/** Each error the sandbox's Threads can give, and what it must mean here. */
export const data: ConformanceData = {
  post: { method: "POST", path: "/v1.0/me/threads_publish" },
  tries: 4,
  prepared: { container: "17900000000000007" },
  errors: {
    ...graph,
    "fetch-failed": "content_invalid",
    "publishing-limit": "rate_limited",
    "resource-gone": "not_found",
    "text-too-long": "content_invalid",
    "link-limit": "content_invalid",
    "field-unknown": "content_invalid",
    // Nothing was done, and it may be there a little later.
    "media-not-found": "platform_fault",
  },
};
