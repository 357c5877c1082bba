/** https://docs.github.com/rest/releases/releases */
import { createHash } from "node:crypto";
import type { Context } from "hono";
import type { World } from "../world.ts";
import type { GitHubEnvironment } from "./access.ts";
import { githubError, invalid, notFound } from "./errors.ts";
import { type Repository, repositoryOf } from "./repositories.ts";

interface Asset {
  readonly id: number;
  readonly name: string;
  readonly state: "uploaded" | "starter";
  readonly size: number;
  readonly type: string;
  readonly sha256: string;
}

interface Release {
  readonly id: number;
  readonly repository: string;
  readonly tag_name: string;
  name: string;
  body: string;
  draft: boolean;
  prerelease: boolean;
  assets: Asset[];
}

type GitHubContext = Context<GitHubEnvironment>;
type Json = Readonly<Record<string, unknown>>;

const releasesOf = (world: World) => world.shelves.of<Release>("github releases");

/** Who may not write there is told that there is no such place. */
function place(world: World, context: GitHubContext): Repository | null {
  const repository = repositoryOf(world, context.req.param("owner") ?? "", context.req.param("repo") ?? "");
  const own = repository?.owner === context.get("person").handle;
  return own && context.get("may")("public_repo") ? repository : null;
}

const nameOf = ({ owner, name }: Repository) => `${owner}/${name}`;

function find(world: World, context: GitHubContext): Release | null {
  const repository = place(world, context);
  const release = releasesOf(world).get(context.req.param("id") ?? "");
  return repository && release?.repository === nameOf(repository) ? release : null;
}

export function listReleases(world: World) {
  return (context: GitHubContext): Response => {
    const repository = place(world, context);
    if (!repository) return notFound();
    const there = [...releasesOf(world).values()].filter((release) => release.repository === nameOf(repository));
    return context.json(there.reverse().map(shown));
  };
}

export function createRelease(world: World) {
  return async (context: GitHubContext): Promise<Response> => {
    const repository = place(world, context);
    if (!repository) return notFound();
    const body = (await context.req.json().catch(() => null)) as Json | null;
    if (body === null) return githubError(400, "Problems parsing JSON");
    const tag = body["tag_name"];
    if (typeof tag !== "string" || tag === "") return invalid("Release", "tag_name", "missing_field");
    const id = releasesOf(world).size + 1000;
    const release: Release = {
      id,
      repository: nameOf(repository),
      tag_name: tag,
      name: String(body["name"] ?? ""),
      body: String(body["body"] ?? ""),
      draft: body["draft"] === true,
      prerelease: body["prerelease"] === true,
      assets: [],
    };
    if (!release.draft && isTaken(world, release)) return invalid("Release", "tag_name", "already_exists");
    releasesOf(world).set(String(id), release);
    if (!release.draft) show(world, release);
    return context.json(shown(release), 201);
  };
}

export function readRelease(world: World) {
  return (context: GitHubContext): Response => {
    const release = find(world, context);
    return release ? context.json(shown(release)) : notFound();
  };
}

export function changeRelease(world: World) {
  return async (context: GitHubContext): Promise<Response> => {
    const release = find(world, context);
    if (!release) return notFound();
    const body = (await context.req.json().catch(() => null)) as Json | null;
    if (body === null) return githubError(400, "Problems parsing JSON");
    if (body["draft"] === false && release.draft) {
      if (isTaken(world, release)) return invalid("Release", "tag_name", "already_exists");
      release.draft = false;
      show(world, release);
    }
    return context.json(shown(release));
  };
}

export function deleteRelease(world: World) {
  return (context: GitHubContext): Response => {
    const release = find(world, context);
    if (!release) return notFound();
    releasesOf(world).delete(String(release.id));
    world.posts.remove("github", String(release.id));
    return new Response(null, { status: 204 });
  };
}

export function uploadAsset(world: World) {
  return async (context: GitHubContext): Promise<Response> => {
    const release = find(world, context);
    const name = context.req.query("name");
    if (!release) return notFound();
    if (!name) return invalid("ReleaseAsset", "name", "missing_field");
    if (release.assets.some((asset) => asset.name === name)) return invalid("ReleaseAsset", "name", "already_exists");
    const hash = createHash("sha256");
    let size = 0;
    for await (const piece of context.req.raw.body ?? []) {
      hash.update(piece);
      size += piece.length;
    }
    const announced = Number(context.req.header("content-length") ?? size);
    const state = size === announced ? ("uploaded" as const) : ("starter" as const);
    const type = context.req.header("content-type") ?? "";
    const asset = { id: release.id * 100 + release.assets.length, name, state, size, type, sha256: hash.digest("hex") };
    release.assets.push(asset);
    return context.json(asset, 201);
  };
}

export function deleteAsset(world: World) {
  return (context: GitHubContext): Response => {
    const repository = place(world, context);
    const id = Number(context.req.param("id"));
    const release = [...releasesOf(world).values()].find(({ assets }) => assets.some((asset) => asset.id === id));
    if (!repository || release?.repository !== nameOf(repository)) return notFound();
    release.assets = release.assets.filter((asset) => asset.id !== id);
    return new Response(null, { status: 204 });
  };
}

function isTaken(world: World, { id, repository, tag_name: tag }: Release): boolean {
  return [...releasesOf(world).values()].some(
    (other) => other.id !== id && !other.draft && other.repository === repository && other.tag_name === tag,
  );
}

function show(world: World, { id, repository, name, body, tag_name: tag, assets }: Release): void {
  world.posts.add({
    platform: "github",
    id: String(id),
    author: repository.split("/")[0] ?? "",
    title: name === "" ? tag : name,
    text: body,
    createdAt: world.clock.now(),
    url: `https://github.com/${repository}/releases/tag/${tag}`,
    replyTo: null,
    quotes: null,
    poll: null,
    media: assets.map(({ id: assetId, type, size, sha256 }) => ({
      id: String(assetId),
      kind: type.startsWith("video/") ? "video" : "picture",
      type,
      bytes: size,
      sha256,
      alt: null,
      url: null,
    })),
  });
}

function shown({ id, repository, tag_name: tag, name, body, draft, prerelease, assets }: Release) {
  const page = draft ? `untagged-${id}` : tag;
  return {
    id,
    html_url: `https://github.com/${repository}/releases/tag/${page}`,
    upload_url: `https://uploads.github.com/repos/${repository}/releases/${id}/assets{?name,label}`,
    tag_name: tag,
    name,
    body,
    draft,
    prerelease,
    assets: assets.map(({ id: assetId, name: assetName, state, size }) => ({
      id: assetId,
      name: assetName,
      state,
      size,
    })),
  };
}
