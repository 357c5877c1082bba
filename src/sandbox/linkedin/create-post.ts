/** POST /rest/posts. https://learn.microsoft.com/linkedin/marketing/community-management/shares/posts-api */
import { days, hours, type Instant } from "../../domain/time.ts";
import type { PostedDocument, PostedMedia, SandboxPost } from "../posts.ts";
import type { World } from "../world.ts";
import { actingAs, type LinkedInContext } from "./access.ts";
import { type Asset, assetsOf, stateOf, typeOf } from "./assets.ts";
import { readJson } from "./body.ts";
import { duplicateOf, invalidBody, invalidContent } from "./errors.ts";
import type { Author } from "./people.ts";
import { type Content, durations, type PostRequest, readPostRequest } from "./post-request.ts";
import { shownText } from "./shown-text.ts";

const longestText = 3000;

/** LinkedIn refuses the same again for a day or two, though the first one was deleted. */
const duplicateWindow = hours(36);

/** What is kept of a post beside what the sandbox shows: it outlives the post. */
export interface Made {
  readonly urn: string;
  readonly author: string;
  readonly request: PostRequest;
  readonly createdAt: Instant;
  deleted: boolean;
}

/** By URN, in the order in which they were made. */
export function madeIn(world: World): Map<string, Made> {
  return world.shelves.of<Made>("linkedin posts");
}

export function createPost(world: World) {
  return async (context: LinkedInContext): Promise<Response> => {
    const read = await readJson(context);
    if (read instanceof Response) return read;
    const request = readPostRequest(read.json);
    if (!("author" in request)) return invalidBody(request);
    const author = actingAs(context.get("caller"), request.author, "partnerApiPostsExternal.CREATE");
    if (author instanceof Response) return author;
    const refusal = refusedText(request) ?? refusedContent(world, request) ?? refusedDuplicate(world, request);
    if (refusal) return refusal;
    const urn = publish(world, request, author);
    return new Response(null, { status: 201, headers: { "x-restli-id": urn, "x-linkedin-id": urn } });
  };
}

function refusedText({ commentary, content, reshareContext, visibility, author }: PostRequest): Response | null {
  if (commentary.trim() === "" && !content && !reshareContext)
    return invalidContent("The post has neither text nor content");
  const { length } = shownText(commentary);
  if (length > longestText) return invalidContent(`The length of the text, ${length}, exceeds ${longestText}`);
  const isOrganizations = author.startsWith("urn:li:organization:");
  return isOrganizations && visibility !== "PUBLIC" ? invalidContent("Organizations post to the public") : null;
}

function refusedContent(world: World, { author, content, reshareContext }: PostRequest): Response | null {
  if (content && reshareContext) return invalidContent("A reshare has no content of its own");
  if (reshareContext && !world.posts.find("linkedin", reshareContext.parent)) {
    return invalidContent(`The parent ${reshareContext.parent} does not exist`);
  }
  for (const urn of assetUrns(content)) {
    const asset = assetsOf(world).get(urn);
    if (!asset || asset.owner !== author) return invalidContent(`${urn} does not exist, or is another's`);
    if (stateOf(world, asset) !== "AVAILABLE") return invalidContent(`${urn} is not ready: ${stateOf(world, asset)}`);
  }
  return null;
}

function assetUrns({ media, multiImage, article }: Content = {}): string[] {
  const images = multiImage?.images.map(({ id }) => id) ?? [];
  return [...(media ? [media.id] : []), ...images, ...(article?.thumbnail ? [article.thumbnail] : [])];
}

function refusedDuplicate(world: World, request: PostRequest): Response | null {
  const since = world.clock.now() - duplicateWindow;
  const same = [...madeIn(world).values()].find(
    (made) => made.createdAt > since && made.author === request.author && likeness(made.request) === likeness(request),
  );
  return same ? duplicateOf(same.urn) : null;
}

/** The words as they are shown, and what goes with them. */
function likeness({ commentary, content, reshareContext }: PostRequest): string {
  const { article, poll } = content ?? {};
  return JSON.stringify([
    shownText(commentary).normalize("NFC").replace(/\s+/g, " ").trim(),
    assetUrns(content).filter((urn) => urn !== article?.thumbnail),
    article?.source,
    poll?.question,
    reshareContext?.parent,
  ]);
}

function publish(world: World, request: PostRequest, author: Author): string {
  const createdAt = world.clock.now();
  const { content, reshareContext, visibility } = request;
  const isVideo = content?.media?.id.startsWith("urn:li:video:") === true;
  const urn = `urn:li:${isVideo ? "ugcPost" : "share"}:${numberOf(world, createdAt)}`;
  madeIn(world).set(urn, { urn, author: author.urn, request, createdAt, deleted: false });
  const title = content?.article?.title ?? content?.poll?.question ?? content?.media?.title;
  const document = postedDocument(world, content);
  const post: SandboxPost = {
    platform: "linkedin",
    id: urn,
    author: author.handle,
    authorName: author.name,
    text: shownText(request.commentary),
    createdAt,
    url: `https://www.linkedin.com/feed/update/${urn}/`,
    replyTo: null,
    quotes: reshareContext?.parent ?? null,
    poll: pollOf(content, createdAt),
    media: postedMedia(world, content),
    ...(title === undefined || document ? {} : { title }),
    ...(content?.article ? { link: content.article.source } : {}),
    ...(document ? { document } : {}),
    ...(visibility === "PUBLIC" ? {} : { visibility }),
  };
  world.posts.add(post);
  return urn;
}

/** The upper bits of a number are the time, those below here only count. */
export function numberOf(world: World, now: Instant): bigint {
  const shelf = world.shelves.of<bigint>("linkedin numbers");
  const candidate = BigInt(now) << 22n;
  const last = shelf.get("last") ?? 0n;
  const number = candidate > last ? candidate : last + 1n;
  shelf.set("last", number);
  return number;
}

function pollOf(content: Content | undefined, createdAt: Instant): SandboxPost["poll"] {
  if (!content?.poll) return null;
  const { options, settings } = content.poll;
  return { options: options.map(({ text }) => text), endsAt: createdAt + days(durations[settings.duration]) };
}

function postedMedia(world: World, content: Content = {}): PostedMedia[] {
  const { media, multiImage, article } = content;
  const cards = article?.thumbnail ? [{ id: article.thumbnail }] : [];
  return [...(media ? [media] : []), ...(multiImage?.images ?? []), ...cards].flatMap((given) => {
    const asset = assetsOf(world).get(given.id);
    return asset && asset.kind !== "document" ? [mediaOf(asset, "altText" in given ? given.altText : undefined)] : [];
  });
}

function mediaOf(asset: Asset, alt: string | undefined): PostedMedia {
  const { urn, kind, file } = asset;
  return {
    id: urn,
    kind: kind === "video" ? "video" : "picture",
    type: typeOf(asset) ?? "application/octet-stream",
    bytes: file.size,
    sha256: file.sha256,
    alt: alt ?? null,
    url: kind === "image" ? `https://media.licdn.com/dms/image/${urn.slice(urn.lastIndexOf(":") + 1)}` : null,
  };
}

function postedDocument(world: World, { media }: Content = {}): PostedDocument | null {
  const asset = media ? assetsOf(world).get(media.id) : undefined;
  if (!media || asset?.kind !== "document") return null;
  const { urn, file } = asset;
  const type = typeOf(asset) ?? "application/octet-stream";
  return { id: urn, title: media.title ?? "", type, bytes: file.size, sha256: file.sha256 };
}
