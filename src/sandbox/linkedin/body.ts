import type { LinkedInContext } from "./access.ts";
import { linkedinError } from "./errors.ts";

/** The body as JSON, or the refusal of one that is none. */
export async function readJson(context: LinkedInContext): Promise<{ readonly json: unknown } | Response> {
  if (!/^application\/json\s*(;|$)/i.test(context.req.header("content-type") ?? "")) {
    return linkedinError(415, null, "Unsupported Media Type");
  }
  try {
    return { json: JSON.parse(await context.req.text()) };
  } catch {
    return linkedinError(400, null, "Unable to parse JSON body");
  }
}

/** The URN that is the next part of the path after `before`; null where its colons are not encoded. */
export function urnInPath(context: LinkedInContext, before: string): string | null {
  const [segment = ""] = new URL(context.req.url).pathname.slice(before.length).split("/");
  if (segment.includes(":")) return null;
  const urn = decodeURIComponent(segment);
  return /^urn:li:\w+:[\w-]+$/.test(urn) ? urn : null;
}

export const invalidPath = (): Response => linkedinError(400, "ILLEGAL_ARGUMENT", "Syntax exception in path variables");
