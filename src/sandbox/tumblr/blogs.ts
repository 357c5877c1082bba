/** The blogs of the sandbox's people, the same in every run. */
import { createHash } from "node:crypto";
import type { Person } from "../options.ts";

export interface Blog {
  readonly name: string;
  readonly title: string;
  readonly uuid: string;
  readonly primary: boolean;
}

function blog(name: string, title: string, primary: boolean): Blog {
  const digest = createHash("sha256")
    .update(`tumblr ${name}`)
    .digest("base64url")
    .replace(/[^a-zA-Z0-9]/g, "x");
  return { name, title, uuid: `t:${digest.slice(0, 22)}`, primary };
}

/** A shop has a second one; everybody else has one. */
export function blogsOf({ handle, name }: Person): readonly Blog[] {
  const own = handle.toLowerCase().replaceAll("_", "-");
  const first = blog(own, name, true);
  return own === "acme" ? [first, blog("acme-recipes", `${name}: recipes`, false)] : [first];
}
