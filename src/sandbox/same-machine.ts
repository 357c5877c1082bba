/** Who may talk to the sandbox: this machine alone, and its control API not by way of a web page from elsewhere. */
import type { HttpBindings } from "@hono/node-server";
import type { MiddlewareHandler } from "hono";

/**
 * A page on the web can make its own name resolve to 127.0.0.1 and then read our answers (DNS rebinding); the Host
 * header still carries its name.
 */
export const loopbackHostOnly: MiddlewareHandler<{ Bindings: HttpBindings }> = async (context, next) => {
  const host = (context.env.incoming.headers.host ?? "").toLowerCase();
  if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host)) {
    return context.text("The sandbox answers only under 127.0.0.1 or localhost.\n", 421);
  }
  await next();
  return undefined;
};

/** Refuses requests that a browser makes for another site, and everything that is not loopback. */
export const sameMachineOnly: MiddlewareHandler<{ Bindings: HttpBindings }> = async (context, next) => {
  const { headers, socket } = context.env.incoming;
  const remote = socket.remoteAddress ?? "";
  const loopback = remote === "::1" || /^(::ffff:)?127\./.test(remote);
  const site = headers["sec-fetch-site"];
  const crossSite = site !== undefined && site !== "same-origin" && site !== "none";
  const foreignOrigin = headers.origin !== undefined && headers.origin !== `http://${headers.host}`;
  if (!loopback || crossSite || foreignOrigin) {
    return context.json({ error: "the control API answers this machine only, and no other site's pages" }, 403);
  }
  await next();
  return undefined;
};
