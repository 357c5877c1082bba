import type { MiddlewareHandler } from "hono";

/**
 * For pages that show what others wrote: no script, no frame. `form-action` is left out on purpose: browsers apply it to
 * the redirect after the consent form too, and that goes to the app's own address.
 */
export const pageHeaders: MiddlewareHandler = async (context, next) => {
  await next();
  context.header(
    "content-security-policy",
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'",
  );
  context.header("x-content-type-options", "nosniff");
  context.header("referrer-policy", "no-referrer");
  context.header("cache-control", "no-store");
};
