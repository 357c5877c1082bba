/** Medium: its archived API, and the pages of stories. https://github.com/Medium/medium-api-docs */
import { type Context, Hono } from "hono";
import type { Person } from "../options.ts";
import { pageHeaders } from "../page-headers.ts";
import { cardOf } from "../pages/post-card.ts";
import { problemPage } from "../pages/problem-page.ts";
import { postPage } from "../pages/timeline-page.ts";
import type { MakeTwin, TwinBindings } from "../twin.ts";
import type { World } from "../world.ts";
import { answerStatus, mediumErrors } from "./errors.ts";
import { createPicture, createStory, idOf, type Picture, platform } from "./stories.ts";

const tokenOf = ({ handle }: Person): string => `sandbox-medium-${handle}`;

export const makeMediumTwin: MakeTwin = (world) => ({
  id: platform,
  name: "Medium",
  hosts: {
    "api.medium.com": apiOf(world),
    "medium.com": siteOf(world),
    "cdn-images-1.medium.com": {
      fetch: ({ url }) => {
        const picture = world.shelves.of<Picture>("medium pictures").get(url);
        if (!picture) return new Response(null, { status: 404 });
        return new Response(picture.bytes, { headers: { "content-type": picture.type } });
      },
    },
  },
  clients: [],
  keys: world.people.map((person) => ({ person: person.handle, method: "integration-token", key: tokenOf(person) })),
  answerStatus: (status) => answerStatus(status),
  errors: mediumErrors,
  refusesRedirectUri: () => "Medium takes no new apps",
  maximumRedirectUris: 0,
});

type MediumEnvironment = { Bindings: TwinBindings; Variables: { person: Person } };
type MediumContext = Context<MediumEnvironment>;

function apiOf(world: World): Hono<MediumEnvironment> {
  const api = new Hono<MediumEnvironment>();
  api.use(async (context, next) => {
    const [, token] = /^Bearer (.+)$/.exec(context.req.header("authorization") ?? "") ?? [];
    if (token === undefined) return mediumErrors["token-missing"]();
    const person = world.people.find((one) => tokenOf(one) === token);
    if (!person) return mediumErrors["token-invalid"]();
    context.set("person", person);
    await next();
    return undefined;
  });
  api.get("/v1/me", (context) => {
    const { handle, name } = context.get("person");
    const url = `https://medium.com/@${handle}`;
    return context.json({ data: { id: idOf(handle), username: handle, name, url, imageUrl: "" } });
  });
  api.get("/v1/users/:id/publications", (context) => {
    if (!isOwn(context)) return mediumErrors.forbidden();
    const name = "The Bakers";
    return context.json({ data: [{ id: idOf(name), name, description: "", url: "https://medium.com/the-bakers" }] });
  });
  api.post("/v1/users/:id/posts", (context) =>
    isOwn(context) ? createStory(world, context.req.raw, context.get("person")) : mediumErrors.forbidden(),
  );
  api.post("/v1/publications/:id/posts", async (context) => {
    if (context.req.param("id") !== idOf("The Bakers")) return mediumErrors["not-found"]();
    // Its writers hand in drafts; the first person of the sandbox edits it.
    const editor = context.get("person").handle === world.people[0]?.handle;
    const { publishStatus } = (await context.req.raw
      .clone()
      .json()
      .catch(() => ({}))) as { publishStatus?: string };
    if (!editor && publishStatus !== "draft") return mediumErrors.forbidden();
    return createStory(world, context.req.raw, context.get("person"));
  });
  api.post("/v1/images", (context) => createPicture(world, context.req.raw));
  api.notFound(() => mediumErrors["not-found"]());
  return api;
}

const isOwn = (context: MediumContext): boolean => context.req.param("id") === idOf(context.get("person").handle);

function siteOf(world: World): Hono<{ Bindings: TwinBindings }> {
  const site = new Hono<{ Bindings: TwinBindings }>();
  site.get("/:author{@.+}/:id", pageHeaders, (context) => {
    const post = world.posts.find(platform, context.req.param("id"));
    if (post) return context.html(postPage([cardOf(world, post, "Medium")]));
    return context.html(problemPage({ title: "PAGE NOT FOUND", text: "Out of nothing, something." }), 404);
  });
  return site;
}
