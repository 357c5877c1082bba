/** Who asks: HTTP Basic with an application password. wp-includes/user.php, wp_authenticate_application_password */
import type { Context } from "hono";
import type { Person } from "../options.ts";
import type { TwinBindings } from "../twin.ts";
import type { World } from "../world.ts";
import { wordpressErrors } from "./errors.ts";

export type WordPressEnvironment = { Bindings: TwinBindings; Variables: { person: Person | null } };
export type WordPressContext = Context<WordPressEnvironment>;

/** As the admin shows it: groups of four. */
export const passwordOf = ({ handle }: Person): string => `sand box word ${handle.padEnd(12, "x").slice(0, 12)}`;

/** Who says nothing is nobody, and may look at what everybody sees. Spaces in a password mean nothing. */
export function authentication(world: World) {
  return async (context: WordPressContext, next: () => Promise<void>): Promise<Response | undefined> => {
    const [, encoded] = /^Basic (.+)$/i.exec(context.req.header("authorization") ?? "") ?? [];
    let person: Person | null = null;
    if (encoded !== undefined) {
      const [, user = "", password = ""] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, "base64").toString()) ?? [];
      person = world.people.find(({ handle }) => handle === user) ?? null;
      if (!person) return wordpressErrors["invalid-username"]();
      const bare = (text: string) => text.replace(/[^a-z\d]/gi, "");
      if (bare(password) !== bare(passwordOf(person))) return wordpressErrors["incorrect-password"]();
    }
    context.set("person", person);
    await next();
    return undefined;
  };
}
