import type { ConformanceData } from "../conformance.ts";

/** Each error the sandbox's OpenID Connect server can give to the live check, and what it must mean here. */
export const data: ConformanceData = {
  post: { method: "GET", path: "/userinfo" },
  prepared: null,
  endpoints: { userinfo: "https://login.example.com/userinfo" },
  errors: {
    "invalid-token": "needs_reauth",
    "insufficient-scope": "scope_missing",
    "access-denied": "not_permitted",
    "too-many-requests": "rate_limited",
    unavailable: "platform_fault",
  },
};
