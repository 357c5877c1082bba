/** Members and the organizations that they have to do with, the same in every run. */
import { createHash } from "node:crypto";
import type { Person } from "../options.ts";
import type { World } from "../world.ts";

/** Another one in each app, as LinkedIn's are. */
export function memberUrn(person: Pick<Person, "handle">, clientId: string): string {
  return `urn:li:person:${memberId(person, clientId)}`;
}

export function memberId({ handle }: Pick<Person, "handle">, clientId: string): string {
  return createHash("sha256").update(`${clientId} ${handle.toLowerCase()}`).digest("base64url").slice(0, 10);
}

export interface Organization {
  readonly id: string;
  readonly name: string;
  readonly vanityName: string;
  /** Of the person who has to do with it. */
  readonly roles: readonly string[];
}

export function organizationsOf({ handle, name }: Person): Organization[] {
  const slug = handle.toLowerCase().replaceAll("_", "-");
  const number = createHash("sha256").update(slug).digest().readUInt32BE(0) % 1_000_000;
  const organization = (index: number, rest: Omit<Organization, "id">): Organization => ({
    id: String(1_000_000 + number * 10 + index),
    ...rest,
  });
  return [
    organization(1, { name, vanityName: slug, roles: ["ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER"] }),
    organization(2, { name: `${name} Jobs`, vanityName: `${slug}-jobs`, roles: ["CONTENT_ADMINISTRATOR"] }),
    organization(3, { name: `Friends of ${name}`, vanityName: `${slug}-friends`, roles: ["ANALYST"] }),
  ];
}

export function organizationById(world: World, id: string): Organization | null {
  return world.people.flatMap(organizationsOf).find((organization) => organization.id === id) ?? null;
}

const posting = ["ADMINISTRATOR", "CONTENT_ADMINISTRATOR"];

function mayPostAs({ roles }: Organization): boolean {
  return roles.some((role) => posting.includes(role));
}

/** Who a post is by: their URN, and under what name the sandbox files it. */
export interface Author {
  readonly urn: string;
  readonly handle: string;
  readonly name: string;
  readonly organization: Organization | null;
}

/** Those that a member can post as with a token of this app, whatever its scopes. */
export function authorsOf(person: Person, clientId: string): Author[] {
  const own: Author = {
    urn: memberUrn(person, clientId),
    handle: person.handle,
    name: person.name,
    organization: null,
  };
  const organizations = organizationsOf(person).filter(mayPostAs);
  return [
    own,
    ...organizations.map((organization) => ({
      urn: `urn:li:organization:${organization.id}`,
      handle: organization.vanityName,
      name: organization.name,
      organization,
    })),
  ];
}
