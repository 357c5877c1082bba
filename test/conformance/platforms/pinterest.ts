import { mediaFile } from "../../platforms/connected-x.ts";
import type { ConformanceData } from "../conformance.ts";

/** Each error the sandbox's Pinterest can give to the request that pins, and what it must mean here. */
export const data: ConformanceData = {
  post: { method: "POST", path: "/v5/pins" },
  prepared: { board: "5000000000000001", section: null, video: null, before: [] },
  draft: { images: [{ file: mediaFile("square.jpg"), alt: null, url: "https://media.example.com/square.jpg" }] },
  errors: {
    "authentication-failed": "needs_reauth",
    "authorization-failed": "needs_reauth",
    "trial-access": "app_refused",
    "not-permitted": "not_permitted",
    "board-not-found": "not_found",
    "pin-not-found": "not_found",
    "invalid-parameters": "content_invalid",
    "url-unreachable": "platform_fault",
    "too-large": "content_invalid",
    "rate-limited": "rate_limited",
    unavailable: "delivery_unknown",
    // A pin that met this may be public.
    "internal-error": "delivery_unknown",
  },
};
