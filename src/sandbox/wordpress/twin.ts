/** Two sites that run WordPress: one that sends visitors to its www name, and one without pretty addresses. https://developer.wordpress.org/rest-api/ */
import { Hono } from "hono";
import { pageHeaders } from "../page-headers.ts";
import { cardOf } from "../pages/post-card.ts";
import { problemPage } from "../pages/problem-page.ts";
import { postPage } from "../pages/timeline-page.ts";
import type { MakeTwin } from "../twin.ts";
import type { World } from "../world.ts";
import { authentication, passwordOf, type WordPressContext, type WordPressEnvironment } from "./access.ts";
import { answerStatus, wordpressError, wordpressErrors } from "./errors.ts";
import { Library, platform } from "./library.ts";
import { describe, upload } from "./media.ts";
import { create, list, remove } from "./posts.ts";

const main = "www.bakery.example";
const plain = "plain.bakery.example";

export const makeWordPressTwin: MakeTwin = (world) => {
  const api = apiOf(world);
  return {
    id: platform,
    name: "WordPress",
    hosts: {
      "bakery.example": {
        fetch: ({ url }) => Response.redirect(url.replace("//bakery.example", `//${main}`), 301),
      },
      [main]: siteOf(world, api, `https://${main}/wp-json/`),
      [plain]: siteOf(world, api, `https://${plain}/?rest_route=/`),
    },
    clients: [],
    keys: world.people.map((person) => ({
      person: person.handle,
      method: "application-password",
      key: passwordOf(person),
      answers: { user: person.handle },
      instance: `https://${main}`,
    })),
    answerStatus: (status) => answerStatus(status),
    errors: wordpressErrors,
    refusesRedirectUri: () => "a site of one's own has no OAuth apps",
    maximumRedirectUris: 0,
  };
};

function apiOf(world: World): Hono<WordPressEnvironment> {
  const api = new Hono<WordPressEnvironment>();
  const library = new Library(world);
  api.use(authentication(world));
  api.get("/", (context) => {
    const authorization = `https://${new URL(context.req.url).host}/wp-admin/authorize-application.php`;
    return context.json({
      name: "Acme Bakery",
      url: `https://${new URL(context.req.url).host}`,
      namespaces: ["oembed/1.0", "wp/v2"],
      authentication: { "application-passwords": { endpoints: { authorization } } },
    });
  });
  api.get("/wp/v2/users/me", (context) => {
    const person = context.get("person");
    if (!person) return wordpressErrors["not-logged-in"]();
    const { handle, name } = person;
    const id = 1 + world.people.findIndex((one) => one.handle === handle);
    const link = `https://${new URL(context.req.url).host}/author/${handle}/`;
    const capabilities = { edit_posts: person.personal !== true, publish_posts: person.personal !== true };
    const edit = context.req.query("context") === "edit";
    return context.json({ id, name, slug: handle, link, ...(edit ? { capabilities } : {}) });
  });
  api.get("/wp/v2/posts", (context) => list(context, library));
  api.post("/wp/v2/posts", (context) => create(context, world, library));
  api.delete("/wp/v2/posts/:id", (context) => remove(context, library));
  api.post("/wp/v2/media", (context) => upload(context, library));
  api.post("/wp/v2/media/:id", (context) => describe(context, library));
  api.get("/wp/v2/:kind{tags|categories}", (context) => terms(context, library));
  api.post("/wp/v2/tags", (context) => addTag(context, library));
  api.notFound(() => wordpressErrors["no-route"]());
  return api;
}

function terms(context: WordPressContext, library: Library): Response {
  const search = (context.req.query("search") ?? "").toLowerCase().replaceAll("&", "&amp;");
  const kind = context.req.param("kind") ?? "";
  return context.json(library.terms(kind).filter(({ name }) => name.toLowerCase().includes(search)));
}

async function addTag(context: WordPressContext, library: Library): Promise<Response> {
  if (!context.get("person")) return wordpressErrors["cannot-create-anonymously"]();
  const { name } = (await context.req.json().catch(() => ({}))) as { name?: unknown };
  if (typeof name !== "string" || name.trim() === "") {
    return wordpressError(400, "rest_missing_callback_param", "Missing parameter(s): name");
  }
  const written = name.trim().replaceAll("&", "&amp;").toLowerCase();
  const there = library.terms("tags").find((term) => term.name.toLowerCase() === written);
  const message = "A term with the name provided already exists in this taxonomy.";
  if (there) return wordpressError(400, "term_exists", message, { term_id: there.id });
  return context.json(library.addTag(name.trim()), 201);
}

function siteOf(world: World, api: Hono<WordPressEnvironment>, root: string): Hono<WordPressEnvironment> {
  const site = new Hono<WordPressEnvironment>();
  const library = new Library(world);
  site.use(async (context, next) => {
    await next();
    if (context.res.headers.get("content-type")?.startsWith("text/html")) {
      context.res.headers.set("link", `<${root}>; rel="https://api.w.org/"`);
    }
  });
  site.use(async (context, next) => {
    const url = new URL(context.req.url);
    const route = url.searchParams.get("rest_route") ?? /^\/wp-json(\/.*)?$/.exec(url.pathname)?.[1] ?? null;
    if (route === null) return next();
    // Without pretty addresses there is no /wp-json.
    if (!root.includes("/wp-json/") && url.pathname.startsWith("/wp-json")) return context.notFound();
    url.searchParams.delete("rest_route");
    url.pathname = route;
    return api.fetch(new Request(url, context.req.raw), context.env);
  });
  site.get("/wp-content/uploads/:name", (context) => {
    const file = [...library.files.values()].find(({ url }) => url.endsWith(`/${context.req.param("name")}`));
    return file ? new Response(file.bytes, { headers: { "content-type": file.type } }) : context.notFound();
  });
  site.get("*", pageHeaders, (context) => {
    const path = new URL(context.req.url).pathname;
    const posts = world.posts.all(platform).filter(({ url }) => path === "/" || new URL(url).pathname === path);
    if (posts.length === 0 && path !== "/") {
      return context.html(problemPage({ title: "Oops! That page can’t be found.", text: path }), 404);
    }
    return context.html(postPage(posts.map((post) => cardOf(world, post, "WordPress"))));
  });
  return site;
}
