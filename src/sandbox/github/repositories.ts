/** Everybody has one repository that others may see, with discussions: `acme/bakery`. */
import type { World } from "../world.ts";

export interface Repository {
  readonly id: string;
  readonly owner: string;
  readonly name: string;
}

export function repositoryOf({ people }: World, owner: string, name: string): Repository | null {
  const person = people.find(({ handle }) => handle.toLowerCase() === owner.toLowerCase());
  return person && name.toLowerCase() === "bakery"
    ? { id: `R_${person.handle}`, owner: person.handle, name: "bakery" }
    : null;
}

export const categories = [
  { id: "DIC_announcements", name: "Announcements", slug: "announcements" },
  { id: "DIC_general", name: "General", slug: "general" },
] as const;
