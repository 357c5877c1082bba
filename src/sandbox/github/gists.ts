/** https://docs.github.com/rest/gists/gists */
import type { Context } from "hono";
import { toTimestamp } from "../../domain/time.ts";
import type { World } from "../world.ts";
import type { GitHubEnvironment } from "./access.ts";
import { githubError, invalid, notFound } from "./errors.ts";

interface Gist {
  readonly id: string;
  readonly owner: string;
  readonly description: string;
  readonly public: boolean;
  readonly files: Readonly<Record<string, { readonly content: string }>>;
  readonly createdAt: number;
}

type GitHubContext = Context<GitHubEnvironment>;

const gistsOf = (world: World) => world.shelves.of<Gist>("github gists");

export function createGist(world: World) {
  return async (context: GitHubContext): Promise<Response> => {
    if (!context.get("may")("gist")) return notFound();
    const body = (await context.req.json().catch(() => null)) as Partial<Gist> | null;
    if (body === null) return githubError(400, "Problems parsing JSON");
    const files = Object.entries(body.files ?? {});
    if (files.length === 0) return invalid("Gist", "files", "missing_field");
    if (files.some(([, { content }]) => typeof content !== "string" || content === "")) {
      return invalid("Gist", "files", "missing_field");
    }
    const { handle } = context.get("person");
    const id = Buffer.from(world.random.bytes(16)).toString("hex");
    const gist: Gist = {
      id,
      owner: handle,
      description: body.description ?? "",
      public: body.public === true,
      files: body.files ?? {},
      createdAt: world.clock.now(),
    };
    gistsOf(world).set(id, gist);
    world.posts.add({
      platform: "github",
      id,
      author: handle,
      ...(gist.description === "" ? {} : { title: gist.description }),
      text: files[0]?.[1].content ?? "",
      createdAt: gist.createdAt,
      url: urlOf(gist),
      replyTo: null,
      quotes: null,
      poll: null,
      media: [],
      ...(gist.public ? {} : { visibility: "secret" }),
    });
    return context.json(shown(gist), 201);
  };
}

export function listGists(world: World) {
  return (context: GitHubContext): Response => {
    const since = Date.parse(context.req.query("since") ?? "1970-01-01T00:00:00Z");
    const { handle } = context.get("person");
    const own = [...gistsOf(world).values()].filter(({ owner, createdAt }) => owner === handle && createdAt >= since);
    return context.json(own.reverse().map(shown));
  };
}

export function deleteGist(world: World) {
  return (context: GitHubContext): Response => {
    const id = context.req.param("id") ?? "";
    if (gistsOf(world).get(id)?.owner !== context.get("person").handle) return notFound();
    gistsOf(world).delete(id);
    world.posts.remove("github", id);
    return new Response(null, { status: 204 });
  };
}

const urlOf = ({ owner, id }: Gist): string => `https://gist.github.com/${owner}/${id}`;

function shown(gist: Gist) {
  const { id, description, public: isPublic, createdAt, files } = gist;
  const sizes = Object.entries(files).map(([name, { content }]) => [
    name,
    { filename: name, type: "text/markdown", size: Buffer.byteLength(content) },
  ]);
  const created = toTimestamp(createdAt);
  return {
    id,
    html_url: urlOf(gist),
    description,
    public: isPublic,
    created_at: created,
    files: Object.fromEntries(sizes),
  };
}
