/** Who is signed in, and which Pages are theirs. https://developers.facebook.com/docs/graph-api/reference/user/accounts */
import type { GraphContext } from "../graph/access.ts";
import { graphError, invalidParameter, missingPermission, noSuchObject } from "../graph/errors.ts";
import { fieldsOf, picked } from "../graph/fields.ts";
import { instagramId } from "../graph/media-ids.ts";
import { paged } from "../graph/paging.ts";
import type { World } from "../world.ts";
import { type Page, pageById, pageLink, pagesOf, userId } from "./pages.ts";

const pageFields = [
  "id",
  "name",
  "username",
  "access_token",
  "tasks",
  "picture",
  "link",
  "category",
  "instagram_business_account",
] as const;

export function me(world: World) {
  return (context: GraphContext): Response => {
    const { subject } = context.get("token");
    const asked = context.get("parameters").text("fields");
    const page = subject === null ? null : pageById(world, subject);
    if (page) return pageAnswer(world, context, page, asked);
    const person = context.get("person");
    const fields = fieldsOf(asked, "User", ["id", "name", "picture", "email"], ["id", "name"]);
    if (fields instanceof Response) return fields;
    return context.json(picked({ id: userId(person), name: person.name, picture: picture() }, fields));
  };
}

export function pageAnswer(world: World, context: GraphContext, page: Page, asked: string | null): Response {
  const fields = fieldsOf(asked, "Page", pageFields, ["id", "name"]);
  if (fields instanceof Response) return fields;
  const { subject, grant } = context.get("token");
  const own = subject === page.id || (subject === null && page.person === grant.person);
  if (!own || !grant.scopes.includes("pages_show_list")) return noSuchObject(page.id, "get");
  return context.json(picked(pageNode(world, context, page), fields));
}

function pageNode(world: World, context: GraphContext, page: Page): Record<string, unknown> {
  const { id, name, username, tasks } = page;
  const { grant } = context.get("token");
  return {
    id,
    name,
    ...(username === null ? {} : { username }),
    access_token: world.grants.issueFor(grant, id).value,
    tasks,
    picture: picture(),
    link: pageLink(page),
    category: "Local business",
    ...(linkedAccount(page) === null ? {} : { instagram_business_account: linkedAccount(page) }),
  };
}

/** Each person's first Page has their professional account at Instagram linked to it. */
function linkedAccount({ id, person: handle, name }: Page): Record<string, unknown> | null {
  return id.endsWith("1") ? { id: instagramId({ handle }), username: handle, name } : null;
}

const picture = () => ({ data: { is_silhouette: true, url: "https://scontent.xx.fbcdn.net/v/silhouette" } });

export function accounts(world: World) {
  return (context: GraphContext): Response => pageList(world, context, ({ business }) => business === null);
}

export function businessPages(world: World, edge: "owned_pages" | "client_pages") {
  return (context: GraphContext): Response => {
    const { scopes } = context.get("token");
    if (!scopes.includes("business_management")) return missingPermission("business_management");
    const id = context.req.param("id") ?? "";
    const own = pagesOf(context.get("person")).some(({ business }) => business?.id === id);
    if (!own) return noSuchObject(id, "get");
    return pageList(world, context, ({ business }) => business?.id === id && business.edge === edge);
  };
}

export function businesses() {
  return (context: GraphContext): Response => {
    if (!context.get("token").scopes.includes("business_management")) return missingPermission("business_management");
    const ids = new Set(pagesOf(context.get("person")).flatMap(({ business }) => business?.id ?? []));
    const nodes = [...ids].map((id) => ({ id, name: `${context.get("person").name} portfolio` }));
    return context.json(paged(context.req.url, context.get("parameters"), nodes));
  };
}

function pageList(world: World, context: GraphContext, wanted: (page: Page) => boolean): Response {
  const { scopes, subject } = context.get("token");
  if (subject !== null) return invalidParameter("Tried accessing nonexisting field (accounts) on node type (Page)");
  if (!scopes.includes("pages_show_list")) return context.json({ data: [] });
  const parameters = context.get("parameters");
  const fields = fieldsOf(parameters.text("fields"), "Page", pageFields, ["access_token", "category", "name", "tasks"]);
  if (fields instanceof Response) return fields;
  const nodes = pagesOf(context.get("person"))
    .filter(wanted)
    .map((page) => ({ ...picked(pageNode(world, context, page), fields), id: page.id }));
  return context.json(paged(context.req.url, parameters, nodes));
}

export function permissions() {
  return (context: GraphContext): Response => {
    const data = context.get("token").grant.scopes.map((permission) => ({ permission, status: "granted" }));
    return context.json({ data });
  };
}

/** Takes the app's access away, with every token of this login. */
export function removePermissions(world: World) {
  return (context: GraphContext): Response => {
    const { grant, subject } = context.get("token");
    if (subject !== null) return graphError({ code: 100, message: "(#100) A user access token is required" });
    world.grants.revoke(grant);
    return context.json({ success: true });
  };
}

export const unknownPath = (path: string): Response =>
  graphError({ code: 2500, message: `Unknown path components: ${path}` });
