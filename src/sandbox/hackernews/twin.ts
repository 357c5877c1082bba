/** Hacker News: its site of pages and forms, and the API that reads. https://github.com/HackerNews/API */
import { createHash } from "node:crypto";
import { type Context, Hono } from "hono";
import { minutes } from "../../domain/time.ts";
import type { Person } from "../options.ts";
import { pageHeaders } from "../page-headers.ts";
import { cardOf } from "../pages/post-card.ts";
import { postPage } from "../pages/timeline-page.ts";
import type { MakeTwin, TwinBindings } from "../twin.ts";
import { personOf, type World } from "../world.ts";
import { hackernewsErrors, page, redirect, submitForm } from "./pages.ts";
import { platform, Stories } from "./stories.ts";

const cookieOf = ({ handle }: Person): string =>
  `${handle}&${createHash("sha256").update(`hackernews ${handle}`).digest("hex").slice(0, 40)}`;

export const makeHackerNewsTwin: MakeTwin = (world) => ({
  id: platform,
  name: "Hacker News",
  hosts: { "news.ycombinator.com": siteOf(world), "hacker-news.firebaseio.com": apiOf(world) },
  clients: [],
  keys: world.people.map((person) => ({ person: person.handle, method: "session", key: cookieOf(person) })),
  answerStatus: (status) => page(`HTTP ${status}`, status),
  errors: hackernewsErrors,
  refusesRedirectUri: () => "Hacker News has no OAuth",
  maximumRedirectUris: 0,
});

type SiteContext = Context<{ Bindings: TwinBindings }>;

function siteOf(world: World): Hono<{ Bindings: TwinBindings }> {
  const site = new Hono<{ Bindings: TwinBindings }>();
  const stories = new Stories(world);
  site.get("/submit", (context) =>
    signedIn(world, context) ? submitForm({ fnid: stories.newForm() }) : hackernewsErrors["logged-out"](),
  );
  // In a browser: who is not signed in is asked in place of a login.
  site.get("/submitlink", (context) => {
    const { u = "", t = "" } = context.req.query();
    const people = signedIn(world, context) ? [] : world.people.map(({ handle }) => handle);
    return submitForm({ fnid: stories.newForm(), title: t, url: u, people });
  });
  site.post("/r", (context) => submit(context, world, stories));
  site.get("/newest", pageHeaders, (context) =>
    context.html(postPage(world.posts.all(platform).map((post) => cardOf(world, post, "Hacker News")))),
  );
  site.get("/item", pageHeaders, (context) => {
    const post = world.posts.find(platform, context.req.query("id") ?? "");
    return post ? context.html(postPage([cardOf(world, post, "Hacker News")])) : page("No such item.");
  });
  site.notFound(() => page("Unknown.", 404));
  return site;
}

function signedIn(world: World, context: SiteContext): Person | null {
  const cookie = /(?:^|;\s*)user=([^;]*)/.exec(context.req.header("cookie") ?? "")?.[1];
  return world.people.find((person) => cookieOf(person) === cookie) ?? null;
}

async function submit(context: SiteContext, world: World, stories: Stories): Promise<Response> {
  const form = new URLSearchParams(await context.req.text());
  const at = (name: string) => (form.get(name) ?? "").trim();
  if (form.get("fnop") !== "submit-page" || !stories.takeForm(at("fnid"))) return hackernewsErrors["expired-link"]();
  const person = signedIn(world, context) ?? personOf(world, at("person"));
  if (!person) return hackernewsErrors["logged-out"]();
  const [title, url, text] = ["title", "url", "text"].map(at) as [string, string, string];
  const again = (message: string) => submitForm({ fnid: stories.newForm(), title, url, text, message });
  if (title === "") return again("Please try again.");
  if ([...title].length > 80) return again("Please make title < 80 characters.");
  if (url === "" && text === "") return hackernewsErrors["both-blank"]();
  const there = stories.withUrl(url);
  if (there) return redirect(`item?id=${there.id}`);
  const [last] = stories.by(person.handle);
  if (last && world.clock.now() - last.at < minutes(2)) return hackernewsErrors["too-fast"]();
  stories.add({ by: person.handle, title, url, text });
  return redirect("newest");
}

/** What is not there is `null`, with status 200. */
function apiOf(world: World): Hono<{ Bindings: TwinBindings }> {
  const api = new Hono<{ Bindings: TwinBindings }>();
  const stories = new Stories(world);
  api.get("/v0/user/:file{.+\\.json}", (context) => {
    const name = context.req.param("file").replace(/\.json$/, "");
    const person = world.people.find(({ handle }) => handle === name);
    if (!person) return context.json(null);
    return context.json({ id: name, created: 1_700_000_000, karma: 12, submitted: stories.listed(name) });
  });
  api.get("/v0/item/:file{\\d+\\.json}", (context) => {
    const story = stories.find(context.req.param("file").replace(/\.json$/, ""));
    if (!story) return context.json(null);
    const { id, by, at, title, url, text, dead } = story;
    const said = { ...(url === "" ? {} : { url }), ...(text === "" ? {} : { text }), ...(dead ? { dead } : {}) };
    return context.json({
      id,
      type: "story",
      by,
      time: Math.floor(at / 1000),
      title,
      score: 1,
      descendants: 0,
      ...said,
    });
  });
  api.notFound((context) => context.json({ error: "Permission denied" }, 401));
  return api;
}
