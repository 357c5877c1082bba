/** From a message to a public post on Threads, and back. https://developers.facebook.com/docs/threads/posts */
import { Failure } from "../../domain/failure.ts";
import type { Instant } from "../../domain/time.ts";
import { accountUrl, findPublished, publishWhenReady, requireQuota } from "../containers.ts";
import type { Api, Message, Published, Sending, Step } from "../platform.ts";
import { containerOf, rules } from "./containers.ts";
import { api1 } from "./endpoints.ts";
import { type ListName, recentPosts } from "./recent-posts.ts";

export interface Prepared {
  readonly container: string;
}

/** What the failure table says of a container that is not there yet. */
export const notReady = "Threads does not find the container yet";

const listOf = ({ replyTo }: Message): ListName => (replyTo === null ? "threads" : "replies");

export async function prepare(api: Api, message: Message, step: Step): Promise<Prepared> {
  await requireRoom(api, message);
  return { container: await containerOf(api, step, message) };
}

interface Limit {
  readonly quota_total?: number;
  readonly quota_duration?: number;
}

interface Usage {
  readonly quota_usage?: number;
  readonly config?: Limit;
  readonly reply_quota_usage?: number;
  readonly reply_config?: Limit;
}

/** Posts and replies are counted apart: 250 and 1000 a day. */
async function requireRoom(api: Api, message: Message): Promise<void> {
  const fields = "quota_usage,config,reply_quota_usage,reply_config";
  const answer = await api.get(`${api1}/me/threads_publishing_limit`, { query: { fields }, repeatable: true });
  const [usage = {}] = ((answer ?? {}) as { data?: readonly Usage[] }).data ?? [];
  const name = listOf(message);
  const [used, limit] =
    name === "threads" ? [usage.quota_usage, usage.config] : [usage.reply_quota_usage, usage.reply_config];
  const { quota_total: total, quota_duration: duration = 86_400 } = limit ?? {};
  if (used === undefined || total === undefined) return;
  await requireQuota(api, "Threads", { used, total, duration }, async (since) =>
    (await recentPosts(api, name, since)).map(({ at }) => at),
  );
}

export async function commit(api: Api, _message: Message, { prepared }: Sending<Prepared>): Promise<Published> {
  const form = { creation_id: prepared.container };
  const answer = await publishWhenReady(
    api,
    () => api.post(`${api1}/me/threads_publish`, { form }),
    ({ message }) => message.includes(notReady),
  );
  const { id } = (answer ?? {}) as { id?: string };
  if (!id) throw new Failure("delivery_unknown", "Threads accepted the post but did not name it");
  return { remoteId: id, url: await permalinkOf(api, id) };
}

/** The post is public whether or not its address is told. */
async function permalinkOf(api: Api, id: string): Promise<string> {
  try {
    const answer = await api.get(`${api1}/${id}`, { query: { fields: "permalink" } });
    const { permalink } = (answer ?? {}) as { permalink?: string };
    return permalink ?? accountUrl(api, rules);
  } catch {
    return accountUrl(api, rules);
  }
}

export function confirm(
  api: Api,
  message: Message,
  { prepared }: Sending<Prepared>,
  since: Instant,
): Promise<Published | null | undefined> {
  const { text } = message;
  return findPublished(api, rules, prepared.container, { text, since }, () => recentPosts(api, listOf(message), since));
}

/** What is gone already is gone. */
export async function deletePost(api: Api, remoteId: string): Promise<void> {
  try {
    await api.delete(`${api1}/${remoteId}`);
  } catch (error) {
    if (!(error instanceof Failure && error.code === "not_found")) throw error;
  }
}
