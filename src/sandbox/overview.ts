/** The sandbox's own pages: what it is, and what was published. */
import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { toTimestamp } from "../domain/time.ts";
import { environmentLines } from "./environment-lines.ts";
import { keyPages } from "./given-keys.ts";
import { pageHeaders } from "./page-headers.ts";
import { indexPage } from "./pages/index-page.ts";
import { cardOf, type PostCard } from "./pages/post-card.ts";
import { timelinePage } from "./pages/timeline-page.ts";
import type { SandboxPost } from "./posts.ts";
import type { Twin } from "./twin.ts";
import { personOf, type World } from "./world.ts";

export function overviewPages(world: World, twins: readonly Twin[]): Hono<{ Bindings: HttpBindings }> {
  const pages = new Hono<{ Bindings: HttpBindings }>();
  pages.get("/", pageHeaders, (context) => {
    const url = `http://${context.env.incoming.headers.host}`;
    return context.html(indexPage({ url, twins, clients: world.clients.all(), people: world.people }));
  });
  pages.get("/environment", (context) =>
    context.text(`${environmentLines(`http://${context.env.incoming.headers.host}`, twins)}\n`),
  );
  pages.route("/keys", keyPages(twins));
  pages.get("/timeline", pageHeaders, (context) => {
    const only = context.req.query("platform") ?? null;
    const posts = world.posts.newestFirst();
    const cards = posts
      .filter((post) => only === null || post.platform === only)
      .map((post) => card(world, twins, post));
    const present = twins.filter((twin) => posts.some((post) => post.platform === twin.id));
    return context.html(timelinePage({ cards, platforms: present, only }));
  });
  pages.get("/timeline.json", (context) => {
    const only = context.req.query("platform") ?? null;
    const posts = world.posts.newestFirst().filter((post) => only === null || post.platform === only);
    return context.json({ posts: posts.map((post) => publicPost(world, post)) });
  });
  return pages;
}

function card(world: World, twins: readonly Twin[], post: SandboxPost): PostCard {
  const platformName = twins.find(({ id }) => id === post.platform)?.name ?? post.platform;
  return cardOf(world, post, platformName);
}

function publicPost(world: World, { author, authorName, createdAt, ...post }: SandboxPost) {
  const name = authorName ?? personOf(world, author)?.name ?? author;
  return { ...post, author: { handle: author, name }, createdAt: toTimestamp(createdAt) };
}
