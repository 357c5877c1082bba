/** The Pages that each test person has to do with, the same in every run. */
import { createHash } from "node:crypto";
import type { Person } from "../options.ts";
import type { World } from "../world.ts";

export interface Page {
  readonly id: string;
  readonly name: string;
  /** null: most small Pages have chosen none. */
  readonly username: string | null;
  /** Of the person who signed in. */
  readonly tasks: readonly string[];
  /** Owned by a business portfolio, or lent to one: not in `me/accounts`. */
  readonly business: { readonly id: string; readonly edge: "owned_pages" | "client_pages" } | null;
  /** Handle of the person. */
  readonly person: string;
}

const all = ["ANALYZE", "ADVERTISE", "MESSAGING", "MODERATE", "CREATE_CONTENT", "MANAGE"] as const;

export function pagesOf(person: Person): Page[] {
  const number = numberOf(person);
  const business = `98${number}`;
  const page = (index: number, given: Omit<Page, "id" | "person">): Page => ({
    id: `10${number}${index}`,
    person: person.handle,
    ...given,
  });
  return [
    page(1, { name: person.name, username: person.handle, tasks: all, business: null }),
    page(2, { name: `${person.name} Jobs`, username: null, tasks: ["ANALYZE", "MODERATE"], business: null }),
    page(3, {
      name: `${person.name} Outlet`,
      username: `${person.handle}outlet`,
      tasks: all,
      business: { id: business, edge: "owned_pages" },
    }),
    page(4, {
      name: `Friends of ${person.name}`,
      username: null,
      tasks: ["ANALYZE", "CREATE_CONTENT"],
      business: { id: business, edge: "client_pages" },
    }),
  ];
}

export function pageById(world: World, id: string): Page | null {
  return world.people.flatMap(pagesOf).find((page) => page.id === id) ?? null;
}

export function userId(person: Person): string {
  return `12${numberOf(person)}0`;
}

/** Under what a post of the Page is filed: a handle as others have one. */
export function authorOf({ username, id }: Page): string {
  return username ?? id;
}

export function pageLink(page: Page): string {
  return `https://www.facebook.com/${authorOf(page)}`;
}

/** Twelve digits. */
function numberOf({ handle }: Person): string {
  const digest = createHash("sha256").update(handle.toLowerCase()).digest();
  return String(digest.readUIntBE(0, 5) % 1_000_000_000_000).padStart(12, "0");
}
