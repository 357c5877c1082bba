/**
 * What Instagram and Threads share: what is to be posted is a container first, whose media Meta fetches and looks into, and
 * publishing it is one request. Containers live for 24 hours.
 * https://developers.facebook.com/docs/instagram-platform/content-publishing and https://developers.facebook.com/docs/threads/posts
 */
import { Failure } from "../domain/failure.ts";
import type { MediaFile } from "../domain/post.ts";
import { hours, type Instant, minutes, seconds } from "../domain/time.ts";
import type { Api, Published, Step } from "./platform.ts";

export interface ContainerStatus {
  readonly state: "IN_PROGRESS" | "FINISHED" | "ERROR" | "EXPIRED" | "PUBLISHED";
  /** The platform's code for what went wrong. */
  readonly problem: string | null;
}

export interface ContainerProblem {
  readonly say: string;
  /** It may be gone with another container. */
  readonly passing?: boolean;
}

/** How one platform's containers differ from another's. */
export interface ContainerRules {
  readonly platform: string;
  readonly name: string;
  readonly create: (api: Api, parameters: Readonly<Record<string, string>>) => Promise<{ readonly id: string }>;
  readonly status: (api: Api, id: string) => Promise<ContainerStatus>;
  readonly problems: Readonly<Record<string, ContainerProblem>>;
}

export interface WantedContainer {
  /** The same in every try of a delivery. */
  readonly name: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** A video takes minutes. */
  readonly slow: boolean;
  /** What another state of makes another container: a file that is sent. */
  readonly of?: unknown;
  /** Sends what the container is for, where it is not fetched. */
  readonly fill?: (container: { readonly id: string }) => Promise<void>;
}

interface Container {
  readonly id: string;
  readonly createdAt: Instant;
  readonly parameters: Readonly<Record<string, string>>;
  readonly of: unknown;
}

/** What is left of a container's 24 hours must be enough to publish it. */
const usableFor = hours(23);

/** Containers that may be made for one thing: each was refused, expired, or is of an earlier state of the post. */
const maximumContainers = 20;

/** Of those, in one try, for problems that pass. */
const freshTries = 2;

/**
 * Makes a container and waits until it can be published; one that an earlier try made is used as long as it can be.
 * @returns its id
 * @throws Failure `content_invalid` where the platform cannot use what it fetched, `platform_fault` where it takes too long,
 * `duplicate_content` where what an earlier try made is public
 */
export async function readyContainer(
  api: Api,
  step: Step,
  rules: ContainerRules,
  wanted: WantedContainer,
): Promise<string> {
  let fresh = 0;
  for (let count = 1; count <= maximumContainers; count += 1) {
    let isNew = false;
    const container = await step<Container>(`${wanted.name} container ${count}`, async () => {
      isNew = true;
      const { parameters, of = null } = wanted;
      const { id } = await rules.create(api, parameters);
      return { id, createdAt: api.now(), parameters, of };
    });
    if (isNew) fresh += 1;
    if (!isUsable(container, wanted, api.now())) continue;
    const { state, problem } = await outcomeOf(api, rules, wanted, container);
    if (state === "FINISHED") return container.id;
    // The request of an earlier try was carried out after all: another container would be a second post.
    if (state === "PUBLISHED") throw alreadyOut(rules);
    const passing = problem === null || rules.problems[problem]?.passing === true;
    if (state === "ERROR" && isNew && !(passing && fresh < freshTries)) throw refused(rules, problem);
  }
  throw new Failure("platform_fault", `${rules.name} loses every container before it is published`);
}

function isUsable({ createdAt, parameters, of }: Container, wanted: WantedContainer, now: Instant): boolean {
  const same = JSON.stringify([parameters, of]) === JSON.stringify([wanted.parameters, wanted.of ?? null]);
  return same && now - createdAt < usableFor;
}

/** Meta wants to be asked once a minute at most, for five minutes; what is ready at once is not waited for as long. */
const pauses = { quick: [0, 2, 5, 10, 30, 60], slow: [5, 10, 20, 30, 60] } as const;
const patience = { quick: minutes(5), slow: minutes(20) } as const;

async function outcomeOf(
  api: Api,
  rules: ContainerRules,
  { slow, fill }: WantedContainer,
  container: Container,
): Promise<ContainerStatus> {
  const kind = slow ? "slow" : "quick";
  if (fill) {
    const before = await rules.status(api, container.id);
    if (before.state !== "IN_PROGRESS") return before;
    await fill(container);
  }
  const until = api.now() + patience[kind];
  for (let asked = 0; ; asked += 1) {
    const pause = pauses[kind][Math.min(asked, pauses[kind].length - 1)] ?? 60;
    if (pause > 0) await api.wait(pause);
    const status = await rules.status(api, container.id);
    if (status.state !== "IN_PROGRESS") return status;
    if (api.now() + seconds(pause) > until) throw late(rules, patience[kind]);
  }
}

function alreadyOut({ name }: ContainerRules): Failure {
  return new Failure("duplicate_content", `${name} says that an earlier try of this post is public`, {
    hint: "look at the account; if it is not there, post it anew",
  });
}

function late({ name }: ContainerRules, waited: number): Failure {
  return new Failure("platform_fault", `${name} has not processed it after ${waited / minutes(1)} minutes`, {
    hint: "run it again later; what it has is used again",
  });
}

function refused({ platform, name, problems }: ContainerRules, problem: string | null): Failure {
  const say = problem === null ? "it does not say why" : (problems[problem]?.say ?? "it says no more than this code");
  const code = problem === null ? "" : ` (${problem})`;
  return new Failure("content_invalid", `${name} cannot use it: ${say}${code}`, {
    hint: `agencyiq platforms show ${platform} lists what it takes`,
  });
}

/** @throws Failure `content_invalid` for a file that has no public address */
export function publicUrlOf({ url, file }: MediaFile, name: string): string {
  if (url) return url;
  const what = file.split("/").at(-1) ?? file;
  throw new Failure("content_invalid", `${name} fetches ${what} itself, and it has no public address`, {
    hint: "put it on a server of yours, and name its folder: --media-base-url https://…",
  });
}

export interface Quota {
  readonly used: number;
  readonly total: number;
  /** Seconds. */
  readonly duration: number;
}

/**
 * Asked before anything is made: at the limit Meta would take all of it and refuse to publish it.
 * @throws Failure `rate_limited`, with the time when the first of those that count is too old to count
 */
export async function requireQuota(
  api: Api,
  name: string,
  { used, total, duration }: Quota,
  timesOf: (since: Instant) => Promise<readonly Instant[]>,
): Promise<void> {
  if (used < total) return;
  const window = seconds(duration);
  const times = [...(await timesOf(api.now() - window))].sort((one, other) => one - other);
  // Those that the app did not post are listed and do not count: then it is asked again too early, and told once more.
  const frees = times[Math.max(0, times.length - total)];
  const wait = frees === undefined ? 3600 : Math.ceil((frees + window - api.now()) / 1000);
  const span = duration === 86_400 ? "24 hours" : `${duration} seconds`;
  throw new Failure("rate_limited", `${name}'s limit is reached: ${used} of ${total} in ${span}`, {
    retryAfterSeconds: Math.max(60, wait),
  });
}

/** Seconds before each further try to publish what is ready by its status and not yet for whoever publishes it. */
const notReadyPauses = [5, 15, 30];

/**
 * The request that makes it public. It is sent again only where the platform refused it because the container has not reached
 * all of it yet: then it did nothing.
 */
export async function publishWhenReady<T>(
  api: Api,
  publish: () => Promise<T>,
  isNotReady: (failure: Failure) => boolean,
): Promise<T> {
  for (const pause of notReadyPauses) {
    try {
      return await publish();
    } catch (error) {
      if (!(error instanceof Failure && isNotReady(error))) throw error;
    }
    await api.wait(pause);
  }
  return publish();
}

/** What a platform lists of the account. */
export interface ListedMedia {
  readonly id: string;
  readonly text: string | null;
  readonly at: Instant;
  readonly url: string | null;
}

/**
 * Did the container go out? Its own state tells, and what is listed tells as what.
 * @returns null where it certainly did not; undefined where it did and cannot be found, or where nobody can tell
 */
export async function findPublished(
  api: Api,
  rules: ContainerRules,
  container: string,
  { text, since }: { readonly text: string; readonly since: Instant },
  listed: () => Promise<readonly ListedMedia[]>,
): Promise<Published | null | undefined> {
  const state = await stateOf(api, rules, container);
  if (state !== "PUBLISHED" && state !== null) return null;
  // Their times are told in whole seconds.
  const recent = (await listed()).filter(({ at }) => at >= since - seconds(1));
  const same = recent.filter((one) => spaced(one.text ?? "") === spaced(text));
  const [found] = same;
  // The same words twice are two posts, of which this may be either.
  if (found && same.length === 1) return { remoteId: found.id, url: found.url ?? accountUrl(api, rules) };
  // Platforms change words (Threads a hashtag): anything new there may be it.
  return state === null && recent.length === 0 ? null : undefined;
}

async function stateOf(api: Api, rules: ContainerRules, id: string): Promise<ContainerStatus["state"] | null> {
  try {
    return (await rules.status(api, id)).state;
  } catch (error) {
    // What is published is no container any more, in some versions of the API.
    if (error instanceof Failure && ["not_found", "content_invalid"].includes(error.code)) return null;
    throw error;
  }
}

/** Where its posts are seen, for one whose own address is not told. */
export function accountUrl({ handle }: Api, { platform }: Pick<ContainerRules, "platform">): string {
  return `https://www.${platform}.com/${platform === "threads" ? "@" : ""}${handle ?? ""}`;
}

const spaced = (text: string): string => text.normalize("NFC").replace(/\s+/g, " ").trim();
