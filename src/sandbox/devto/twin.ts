/** DEV: dev.to and its API of Forem, version 1. https://developers.forem.com/api/v1 */
import { type Context, Hono } from "hono";
import { seconds } from "../../domain/time.ts";
import type { Person } from "../options.ts";
import { pageHeaders } from "../page-headers.ts";
import { cardOf } from "../pages/post-card.ts";
import { problemPage } from "../pages/problem-page.ts";
import { postPage } from "../pages/timeline-page.ts";
import type { MakeTwin, TwinBindings } from "../twin.ts";
import type { World } from "../world.ts";
import { Articles, platform, type StoredArticle, shown } from "./articles.ts";
import { answerStatus, devtoErrors, throttled, unprocessable } from "./errors.ts";
import { wantedIn } from "./requests.ts";

export const keyOf = ({ handle }: Person): string => `sandbox-devto-${handle}`;

export const makeDevToTwin: MakeTwin = (world) => ({
  id: platform,
  name: "DEV",
  hosts: { "dev.to": siteOf(world) },
  clients: [],
  keys: world.people.map((person) => ({ person: person.handle, method: "api-key", key: keyOf(person) })),
  answerStatus: (status) => answerStatus(status),
  errors: devtoErrors,
  refusesRedirectUri: () => "DEV has no OAuth apps",
  maximumRedirectUris: 0,
});

type DevEnvironment = { Bindings: TwinBindings; Variables: { person: Person } };
type DevContext = Context<DevEnvironment>;

function siteOf(world: World): Hono<DevEnvironment> {
  const site = new Hono<DevEnvironment>();
  const articles = new Articles(world);
  site.use("/api/*", access(world));
  site.get("/api/users/me", (context) => {
    const { handle, name } = context.get("person");
    return context.json({ type_of: "user", id: idOf(world, handle), username: handle, name, website_url: null });
  });
  site.get("/api/articles/me/:which{published|unpublished|all}", (context) => list(context, articles));
  site.post("/api/articles", (context) => create(context, world, articles));
  site.put("/api/articles/:id{[0-9]+}", (context) => update(context, world, articles));
  site.all("/api/*", () => devtoErrors["not-found"]());
  site.get("/:author/:slug", pageHeaders, (context) => {
    const path = new URL(context.req.url).pathname;
    const post = world.posts.all(platform).find(({ url }) => new URL(url).pathname === path);
    if (!post) return context.html(problemPage({ title: "This page does not exist", text: path }), 404);
    return context.html(postPage([cardOf(world, post, "DEV")]));
  });
  return site;
}

const idOf = (world: World, handle: string): number => 1431 + world.people.findIndex((one) => one.handle === handle);

/** config/initializers/rack_attack.rb, then the key; who does not say which program it is looks like a bot. */
function access(world: World) {
  return async (context: DevContext, next: () => Promise<void>): Promise<Response | undefined> => {
    if (!context.req.header("user-agent")) return new Response("Forbidden Bots", { status: 403 });
    const person = world.people.find((one) => keyOf(one) === context.req.header("api-key"));
    const writes = context.req.method !== "GET";
    const limit = { limit: writes ? 1 : 3, window: seconds(1) };
    const rate = world.rateWindows.count(`devto ${writes} ${person?.handle}`, limit, world.clock.now());
    if (rate.exceeded) return throttled();
    if (!person) return devtoErrors.unauthorized();
    context.set("person", person);
    await next();
    return undefined;
  };
}

function list(context: DevContext, articles: Articles): Response {
  const which = context.req.param("which");
  const own = articles.all().filter(({ author }) => author === context.get("person").handle);
  const meant = own.filter(({ publishedAt }) => which === "all" || (which === "published") === (publishedAt !== null));
  const [page, perPage] = [Number(context.req.query("page") ?? 1), Number(context.req.query("per_page") ?? 30)];
  return context.json(meant.slice((page - 1) * perPage, page * perPage).map(shown));
}

async function create(context: DevContext, world: World, articles: Articles): Promise<Response> {
  const wanted = await wantedIn(context.req.raw);
  if (wanted instanceof Response) return wanted;
  const { title, ...draft } = wanted.draft;
  if (title === undefined) return unprocessable("Title can't be blank");
  const refusal = clash(context, world, articles, { title, canonicalUrl: draft.canonicalUrl ?? null });
  if (refusal) return refusal;
  const empty = { body: "", tags: [], canonicalUrl: null, description: null, mainImage: null, series: null };
  const made = articles.create(context.get("person"), { ...empty, title, ...draft });
  const article = wanted.published ? articles.change(made, made, true) : made;
  return context.json(shown(article), 201);
}

/** Of what is there: the same canonical URL, by whomever, or one's own title of just now. */
function clash(
  context: DevContext,
  world: World,
  articles: Articles,
  { title, canonicalUrl }: Pick<StoredArticle, "title" | "canonicalUrl">,
): Response | null {
  const all = articles.all();
  if (canonicalUrl !== null && all.some((one) => one.canonicalUrl === canonicalUrl)) {
    return devtoErrors["canonical-url-taken"]();
  }
  const recent = all.filter(({ createdAt }) => world.clock.now() - createdAt < seconds(300));
  const mine = recent.filter(({ author }) => author === context.get("person").handle);
  return mine.some((one) => one.title === title) ? devtoErrors["title-just-used"]() : null;
}

async function update(context: DevContext, world: World, articles: Articles): Promise<Response> {
  const article = articles.find(Number(context.req.param("id")));
  if (!article || article.author !== context.get("person").handle) return devtoErrors["not-found"]();
  const wanted = await wantedIn(context.req.raw);
  if (wanted instanceof Response) return wanted;
  const { canonicalUrl = null } = wanted.draft;
  const others = articles.all().filter(({ id }) => id !== article.id);
  if (canonicalUrl !== null && others.some((one) => one.canonicalUrl === canonicalUrl)) {
    return devtoErrors["canonical-url-taken"]();
  }
  const published = wanted.published ?? article.publishedAt !== null;
  const recent = world.posts.by(platform, article.author).filter(({ createdAt }) => {
    return world.clock.now() - createdAt < seconds(30);
  });
  const anew = published && article.publishedAt === null;
  if (anew && recent.length >= 9) return devtoErrors["rate-limit"]();
  return context.json(shown(articles.change(article, { ...article, ...wanted.draft }, published)));
}
