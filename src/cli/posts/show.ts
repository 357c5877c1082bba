import type { Delivery, DeliveryPart, Post } from "../../domain/delivery.ts";
import type { LedgerEntry } from "../../domain/ledger.ts";
import { contentFor } from "../../domain/post.ts";
import { toTimestamp } from "../../domain/time.ts";
import { showInZone } from "../../domain/zoned-time.ts";
import type { CommandModule } from "../command.ts";
import { deliveryDocument, historyDocument, postDocument, type Reader, whenNext } from "../delivery-report.ts";
import { timeZoneOf } from "../when.ts";
import { readerOf } from "./change.ts";
import { pickPost } from "./pick.ts";

export const show: CommandModule = {
  declare: (command) =>
    command
      .argument("<id>", "a post's or a delivery's id, or how it begins")
      .addHelpText("after", "\nNeeds no key. Example:\n  agencyiq posts show 3f2a91c0"),
  run: async (context, input) => {
    const { post, deliveries } = await pickPost(context, String(input.args[0]));
    const vault = await context.services.vault();
    const histories = await Promise.all(deliveries.map(({ id }) => vault.historyOf([id])));
    const zone = await timeZoneOf(context, post.brand);
    const reader = { ...readerOf(context), timeZone: () => zone };
    const text = () =>
      [
        ...postLines(post, deliveries[0] ?? null, reader),
        ...deliveries.flatMap((delivery, index) => [
          "",
          ...deliveryLines(post, delivery, histories[index] ?? [], reader),
        ]),
      ].join("\n");
    context.output.result(text, {
      post: postDocument(post),
      deliveries: deliveries.map((delivery, index) => ({
        ...deliveryDocument({ delivery, failure: null }),
        ...commentDocument(post, delivery),
        history: historyDocument(histories[index] ?? []),
      })),
    });
    return null;
  },
};

function postLines(
  { id, key, brand, draft, schedule, createdAt }: Post,
  first: Delivery | null,
  reader: Reader,
): string[] {
  const at = first?.scheduledFor ?? null;
  const asked = schedule?.text ? ` (“${schedule.text}”)` : "";
  return [
    `post       ${id}`,
    ...(key === null ? [] : [`key        ${key}`]),
    `brand      ${brand}`,
    `written    ${showInZone(createdAt, reader.timeZone())}`,
    ...(at === null ? [] : [`for        ${showInZone(at, schedule?.timeZone ?? reader.timeZone())}${asked}`]),
    ...[draft, ...draft.thread].map(({ text }, index) => `${index === 0 ? "text      " : "          "} ${text}`),
  ];
}

/** The comment under a post is its last part, where one is wanted. */
function commentOf({ draft }: Post, { platform, parts }: Delivery): { text: string; part: DeliveryPart | null } | null {
  const { thread, firstComment: text } = contentFor(draft, platform);
  return text === null ? null : { text, part: parts.find(({ part }) => part === thread.length + 1) ?? null };
}

function commentDocument(post: Post, delivery: Delivery) {
  const comment = commentOf(post, delivery);
  if (!comment) return {};
  const { text, part } = comment;
  return {
    firstComment: { text, state: part?.state ?? "open", postId: part?.remoteId ?? null, url: part?.url ?? null },
  };
}

function deliveryLines(post: Post, delivery: Delivery, history: readonly LedgerEntry[], reader: Reader): string[] {
  const { id, address, state, url, error } = delivery;
  const comment = commentOf(post, delivery);
  const parts = delivery.parts.filter(({ part }) => part !== comment?.part?.part);
  const next = whenNext(delivery, reader);
  return [
    `delivery   ${id}`,
    `account    ${address}`,
    `state      ${state}${next === null ? "" : `, ${next}`}`,
    ...(url === null ? [] : [`at         ${url}`]),
    ...(parts.length > 1 ? parts.map((part) => `part ${part.part + 1}     ${part.state} ${part.url ?? ""}`) : []),
    ...(comment ? [`comment    ${comment.part?.state ?? "open"} ${comment.part?.url ?? ""}`.trimEnd()] : []),
    ...(error === null ? [] : [`why        ${error.message}`, ...(error.hint ? [`mend       ${error.hint}`] : [])]),
    ...history.map(
      ({ at, action, detail }) =>
        `  ${toTimestamp(at)} ${[action, detail["code"], detail["message"], detail["url"]].filter(Boolean).join("  ")}`,
    ),
  ];
}
