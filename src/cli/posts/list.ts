import { addressOf, matchAccounts } from "../../domain/account.ts";
import type { Delivery, DeliveryState, Post } from "../../domain/delivery.ts";
import { Failure } from "../../domain/failure.ts";
import type { LedgerEntry } from "../../domain/ledger.ts";
import { nearest } from "../../domain/nearest.ts";
import type { PostQuery, StoredPost } from "../../domain/ports/post-store.ts";
import { excerpt } from "../../domain/post-notification.ts";
import { parseDuration, relativeTime } from "../../domain/time.ts";
import { connectedAccounts } from "../account-lookup.ts";
import { type CommandModule, collect, optionsOf } from "../command.ts";
import type { Context } from "../context.ts";
import { deliveryDocument, historyDocument, postDocument, type Reader, whenNext } from "../delivery-report.ts";
import { wholeNumber } from "../numbers.ts";
import { renderTable } from "../table.ts";
import { readerOf } from "./change.ts";
import { shortId } from "./pick.ts";

interface ListOptions {
  readonly state?: readonly string[];
  readonly account?: readonly string[];
  readonly brand?: string;
  readonly since?: string;
  readonly limit?: string;
}

const states: readonly DeliveryState[] = [
  "scheduled",
  "sending",
  "published",
  "retrying",
  "failed",
  "unknown",
  "canceled",
  "deleted",
];

export const list: CommandModule = {
  declare: (command) =>
    command
      .option("--state <states>", `only these: ${states.join(", ")}`, collect)
      .option("--account <account>", "only this account; repeatable", collect)
      .option("--brand <brand>", "only this brand")
      .option("--since <duration>", "only those written in the last 24h, 7d, …")
      .option("--limit <count>", "how many of the newest", "30")
      .addHelpText(
        "after",
        `
Needs no key. The first column is what the other posts commands take.
Examples:
  agencyiq posts list --state scheduled,retrying
  agencyiq posts list --state unknown --json`,
      ),
  run: async (context, input) => {
    const query = await queryOf(context, optionsOf<ListOptions>(input));
    const stored = await storedPosts(context, query);
    const { output } = context;
    if (stored.length === 0) output.note("No such post.");
    const histories = output.json ? await historiesOf(context, stored) : new Map<string, LedgerEntry[]>();
    output.result(() => asTable(stored, readerOf(context)), {
      posts: stored.map(({ post, deliveries }) => ({
        ...postDocument(post),
        deliveries: deliveries.map((delivery) => ({
          ...deliveryDocument({ delivery, failure: null }),
          history: historyDocument(histories.get(delivery.id) ?? []),
        })),
      })),
    });
    return null;
  },
};

async function queryOf(context: Context, options: ListOptions): Promise<PostQuery> {
  const { state, account, brand, since, limit = "30" } = options;
  const wanted = (state ?? []).flatMap((text) => text.split(",")).map(requireState);
  const duration = since === undefined ? undefined : parseDuration(since);
  if (duration === null) throw new Failure("usage", `"${since}" is not a duration`, { hint: "write 90m, 24h or 7d" });
  return {
    ...(state ? { states: wanted } : {}),
    ...(account ? { accounts: await addresses(context, account) } : {}),
    ...(brand === undefined ? {} : { brand }),
    ...(duration === undefined ? {} : { since: context.services.clock.now() - duration }),
    limit: wholeNumber(limit, "--limit", 1, 100_000),
  };
}

function requireState(text: string): DeliveryState {
  const state = states.find((each) => each === text.trim());
  if (state) return state;
  const suggestion = nearest(text, states);
  throw new Failure("usage", `there is no state "${text}"`, {
    hint: suggestion ? `did you mean ${suggestion}?` : `there is ${states.join(", ")}`,
  });
}

/** Short forms of connected accounts, and the full address of one that is gone. */
async function addresses(context: Context, texts: readonly string[]): Promise<string[]> {
  const accounts = await connectedAccounts(context);
  return texts.flatMap((text) => {
    const found = matchAccounts(accounts, text).map(addressOf);
    return found.length > 0 ? found : [text];
  });
}

/** None where there is no vault yet. */
async function storedPosts(context: Context, query: PostQuery): Promise<StoredPost[]> {
  const there = (await context.administration.custody()).exists();
  return there ? (await context.services.vault()).posts(query) : [];
}

async function historiesOf(context: Context, stored: readonly StoredPost[]): Promise<Map<string, LedgerEntry[]>> {
  const ids = stored.flatMap(({ deliveries }) => deliveries.map(({ id }) => id));
  if (ids.length === 0) return new Map();
  const histories = new Map<string, LedgerEntry[]>();
  for (const entry of await (await context.services.vault()).historyOf(ids)) {
    const known = histories.get(entry.subjectId ?? "") ?? [];
    histories.set(entry.subjectId ?? "", [...known, entry]);
  }
  return histories;
}

function asTable(stored: readonly StoredPost[], reader: Reader): string {
  const rows = stored.flatMap(({ post, deliveries }) => deliveries.map((delivery) => row(post, delivery, reader)));
  if (rows.length === 0) return "";
  const { good, bad, warn } = reader.output.styles;
  const paints: Partial<Record<string, (text: string) => string>> = { published: good, failed: bad, unknown: warn };
  const columns = [
    { title: "DELIVERY" },
    { title: "STATE" },
    { title: "ACCOUNT" },
    { title: "WHEN" },
    { title: "POST", flexible: true },
    { title: "WHERE, OR WHY NOT", flexible: true },
  ];
  return renderTable(columns, rows, reader.output.width, (cell, column) =>
    column === 1 ? (paints[cell]?.(cell) ?? cell) : cell,
  );
}

function row(post: Post, delivery: Delivery, reader: Reader): string[] {
  const { state, finishedAt, startedAt, url, error } = delivery;
  const past = finishedAt ?? startedAt;
  const when = whenNext(delivery, reader) ?? (past === null ? "" : relativeTime(past, reader.now));
  const where = state === "published" ? (url ?? "") : (error?.message ?? "");
  return [shortId(delivery.id), state, delivery.address, when, excerpt(post.draft.text, 40), where];
}
