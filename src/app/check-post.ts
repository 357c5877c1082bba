/** Does a post fit everywhere it is to go? Looked at whole, before anything is written down or sent. */
import { addressOf } from "../domain/account.ts";
import { fetchProblems } from "../domain/checking/files.ts";
import { type Count, countsOf, type MessageMedia, partProblems, postProblems } from "../domain/checking/message.ts";
import { Failure } from "../domain/failure.ts";
import { type Limits, limitsFor } from "../domain/limits.ts";
import type { MediaFiles, MediaSource } from "../domain/ports/media.ts";
import type { ConnectedAccount } from "../domain/ports/vault.ts";
import { contentFor, isFile, type MediaFile, type PostContent, type PostDraft, withFiles } from "../domain/post.ts";
import type { Facts, Message, MessageFacts, Platform } from "../platforms/platform.ts";
import { fittedCopy } from "./fitted-copy.ts";
import { messagesOf } from "./messages.ts";
import { limitsOf } from "./methods.ts";
import { scopeFailure } from "./missing-scopes.ts";
import { requirePlatform, type Services } from "./services.ts";

export interface CheckedFile {
  readonly source: MediaSource;
  /** The copy that goes out in its place. */
  readonly fitted: MediaSource | null;
  readonly alt: string | null;
  /** Where the platform can fetch it; null: not known. */
  readonly url: string | null;
}

/** A message of a post: the first, or one of its thread. */
export interface CheckedPart {
  readonly text: string;
  /** As the platform counts: its limit first, then those that hold beside it. None where no limit is known. */
  readonly counts: readonly Count[];
  readonly files: readonly CheckedFile[];
  /** What the platform will do with it, where that is no problem. */
  readonly notes: readonly string[];
}

interface CheckedContent {
  readonly parts: readonly CheckedPart[];
  /** The comment under it; null: none is wanted. */
  readonly comment: Pick<CheckedPart, "text" | "counts"> | null;
  readonly problems: readonly string[];
  /** What mends them; null: nothing that could be named. */
  readonly mend: string | null;
}

export interface CheckedTarget extends CheckedContent {
  readonly account: ConnectedAccount;
  readonly address: string;
  readonly platform: Platform;
  /** Why the platform would publish nothing of this account's, whatever it is; null: it would. */
  readonly refusal: Failure | null;
}

export interface CheckedPost {
  /** With the state that every file was in. */
  readonly draft: PostDraft;
  readonly targets: readonly CheckedTarget[];
}

/**
 * Counts and measures as each platform does. Sends nothing.
 * @throws Failure `file_unreadable` naming every file that is none, `unknown_platform`, `picture_library_missing`
 */
export async function checkPost(
  services: Services,
  { draft, accounts }: { readonly draft: PostDraft; readonly accounts: readonly ConnectedAccount[] },
): Promise<CheckedPost> {
  const places = await placesOf(services, accounts);
  const contents = places.map((place) => ({ ...place, content: contentFor(draft, place.platform.id) }));
  const opened = await openAll(
    services.media,
    contents.flatMap(({ content }) => filesOf(content)),
  );
  const checked = await Promise.all(
    contents.map(async ({ content, ...place }) => {
      return { place, found: await checkContent(services, place, content, opened) };
    }),
  );
  const stamped = await withFiles(draft, async (file) => stampedAs(opened.get(file.file), file));
  const targets = accounts.flatMap((account) => {
    const one = checked.find(({ place }) => place.accounts.includes(account));
    if (!one) return [];
    const { platform, limits } = one.place;
    const messages = messagesOf(contentFor(draft, account.platform), limits);
    const refusal = scopeFailure(platform, account, services.clock.now(), messages);
    return [{ account, address: addressOf(account), platform, ...one.found, refusal }];
  });
  return { draft: stamped, targets };
}

/** Accounts that the same limits hold for. */
interface Place {
  readonly platform: Platform;
  readonly limits: Limits;
  readonly facts: Facts;
  readonly accounts: readonly ConnectedAccount[];
}

async function placesOf(services: Services, accounts: readonly ConnectedAccount[]): Promise<Place[]> {
  const ids = [...new Set(accounts.map(({ platform }) => platform))];
  const places = ids.map(async (id): Promise<Place[]> => {
    const platform = await requirePlatform(services, id);
    const there = accounts.filter((account) => account.platform === id);
    if (!platform.limitsFor) return [{ platform, limits: platform.limits, facts: {}, accounts: there }];
    const known = [...new Set(there.map(({ facts }) => JSON.stringify(facts)))];
    return known.map((facts) => {
      const alike = there.filter((account) => JSON.stringify(account.facts) === facts);
      const { facts: told } = alike[0] ?? { facts: {} };
      return { platform, limits: limitsOf(platform, told), facts: told, accounts: alike };
    });
  });
  return (await Promise.all(places)).flat();
}

/** Every problem of every target, as one failure; null: there is none. */
export function problemsOf(targets: readonly CheckedTarget[]): Failure | null {
  const problems = targets.flatMap((target) => target.problems.map((problem) => `${target.address}: ${problem}`));
  if (problems.length === 0) return targets.find(({ refusal }) => refusal !== null)?.refusal ?? null;
  return new Failure("content_invalid", problems.join("; "), {
    hint:
      targets.find(({ mend }) => mend !== null)?.mend ??
      "nothing was sent; agencyiq publish --dry-run shows what was counted",
  });
}

/** @throws Failure `content_invalid`, `scope_missing`; nothing was sent then */
export function requireNoProblems(targets: readonly CheckedTarget[]): void {
  const failure = problemsOf(targets);
  if (failure) throw failure;
}

function filesOf(content: PostContent): MediaFile[] {
  const ofParts = [content, ...content.thread].flatMap(({ images, video, document }) => [...images, video, document]);
  const files = [...ofParts, content.thumbnail, ...Object.values(content.options).filter(isFile)];
  return files.filter((file) => file !== null);
}

type Opened = ReadonlyMap<string, MediaSource>;

/** Every file once; all that cannot be read are told of together. */
async function openAll(media: MediaFiles, files: readonly MediaFile[]): Promise<Opened> {
  const paths = [...new Set(files.map(({ file }) => file))];
  const outcomes = await Promise.allSettled(paths.map(async (path) => [path, await media.open(path)] as const));
  const failures = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
  const unreadable = failures.filter((error) => error instanceof Failure && error.code === "file_unreadable");
  const [other] = failures.filter((error) => !unreadable.includes(error));
  if (other !== undefined) throw other;
  const [first, ...more] = unreadable as Failure[];
  if (first && more.length === 0) throw first;
  if (first) {
    const message = [first, ...more].map((failure) => failure.message).join("; ");
    throw new Failure("file_unreadable", message, { hint: first.hint });
  }
  return new Map(outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : [])));
}

function stampedAs(source: MediaSource | undefined, file: MediaFile): MediaFile {
  return source ? { ...file, seen: { size: source.size, modifiedAt: source.modifiedAt } } : file;
}

async function checkContent(
  services: Services,
  place: Place,
  content: PostContent,
  opened: Opened,
): Promise<CheckedContent> {
  const { platform } = place;
  const { name } = platform;
  if (!platform.publish)
    return { parts: [], comment: null, problems: [`${name} accounts are kept alive here, not posted to`], mend: null };
  const limits = limitsFor(place.limits, content);
  const messages = messagesOf(content, limits);
  const parts = await Promise.all(
    messages.map((message) => checkPart(services, { ...place, parts: messages.length }, message, content.fit, opened)),
  );
  const { firstComment: text } = content;
  const numbered = parts.flatMap(({ problems }, index) =>
    problems.map((problem) => (index === 0 ? problem : `part ${index + 1}: ${problem}`)),
  );
  return {
    parts: parts.map(({ part }) => part),
    comment: text === null ? null : { text, counts: await countsOf(text, limits.comment) },
    problems: [...(await postProblems(name, limits, content)), ...numbered],
    mend: parts.find(({ mend }) => mend !== null)?.mend ?? null,
  };
}

const nameTheirPlace =
  "put the files on the web, and name their folder: --media-base-url https://… (or AGENCYIQ_MEDIA_BASE_URL)";

interface PartFinding {
  readonly part: CheckedPart;
  readonly problems: readonly string[];
  readonly mend: string | null;
}

async function checkPart(
  { media, clock }: Services,
  place: Place & Pick<MessageFacts, "parts">,
  message: Message,
  fit: boolean,
  opened: Opened,
): Promise<PartFinding> {
  const { platform } = place;
  const { name } = platform;
  const limits = limitsFor(place.limits, message);
  const about = { facts: place.facts, parts: place.parts ?? 1 };
  const unfitting: string[] = [];
  const check = async (file: MediaFile): Promise<CheckedFile> => {
    const source = opened.get(file.file) ?? (await media.open(file.file));
    const plain = { source, fitted: null, alt: file.alt, url: file.url ?? null };
    if (!fit) return plain;
    const fitted = await fittedCopy(media, limits, source, file.as).catch((error) => {
      if (!(error instanceof Failure && error.code === "content_invalid")) throw error;
      unfitting.push(error.message);
      return null;
    });
    return { ...plain, fitted };
  };
  const checkIfAny = async (file: MediaFile | null) => (file ? check(file) : null);
  const images = await Promise.all(message.images.map(check));
  const [video, document, thumbnail] = await Promise.all(
    [message.video, message.document, message.thumbnail].map(checkIfAny),
  );
  const facts: MessageMedia = {
    images: images.map(asSent),
    video: video ? asSent(video) : null,
    document: document ? asSent(document) : null,
    thumbnail: thumbnail ? asSent(thumbnail) : null,
  };
  const files = [...images, video, document, thumbnail].filter((file) => file != null);
  const problems = await partProblems(name, limits, message, facts);
  const unfetched = [
    ...images.map((file) => [limits.images, file] as const),
    [limits.video, video] as const,
    [limits.document, document] as const,
    [limits.thumbnail, thumbnail] as const,
  ].flatMap(([limit, file]) => (file ? fetchProblems(name, limit, file, file.source) : []));
  return {
    part: {
      text: message.text,
      counts: await countsOf(message.text, limits.text),
      files,
      notes: facts.video ? (platform.notesOf?.(facts.video) ?? []) : [],
    },
    problems: [
      ...problems,
      ...((await platform.problemsOf?.(message, { ...about, now: clock.now(), video: facts.video })) ?? []),
      ...unfetched,
      ...unfitting,
    ],
    mend: files.some(({ url }) => url === null) && unfetched.length > 0 ? nameTheirPlace : null,
  };
}

const asSent = ({ source, fitted }: CheckedFile): MediaSource => fitted ?? source;
