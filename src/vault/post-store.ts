/** The posts' part of the vault's port over SQLite. Plain statements: a post must not wait for the query builder to load. */
import type { PostStore } from "../domain/ports/post-store.ts";
import {
  approveDelivery,
  beginPart,
  claimDelivery,
  deletePart,
  finishDelivery,
  holdDelivery,
  postponeDelivery,
  publishPart,
  withdrawPart,
} from "./deliveries.ts";
import { findDelivery, findPost } from "./delivery-rows.ts";
import { findPrepared, findStep, keepStep } from "./delivery-secrets.ts";
import { dueDeliveries, nextDeliveryDueAt, sendingDeliveries } from "./due-deliveries.ts";
import { entriesOf } from "./ledger.ts";
import { findPace, keepPace } from "./paces.ts";
import { createPost, editPost, listPosts } from "./posts.ts";
import { guarded } from "./storage-failure.ts";
import { readOne, readRaw, type VaultContext } from "./vault-context.ts";
import { writeTogether } from "./write-together.ts";

export function postStore(context: VaultContext): PostStore {
  const write = <T>(work: () => T) => writeTogether(context, work);
  return {
    createPost: (post, deliveries, options) => write(() => createPost(context, post, deliveries, options)),
    editPost: (postId, edit, options) => write(() => editPost(context, postId, edit, options)),
    posts: (query) => readRaw(context, (raw) => listPosts(raw, query)),
    post: (id) => readOne(context, (raw) => findPost(raw, id)),
    delivery: (id) => readRaw(context, (raw) => findDelivery(raw, id)),
    claimDelivery: (id, from, options) => write(() => claimDelivery(context, id, from, options)),
    step: (id, part, name, notBefore) => guarded(context.path, () => findStep(context, id, part, name, notBefore)),
    keepStep: (id, part, name, result) => write(() => keepStep(context, id, part, name, result)),
    prepared: (id, part) => guarded(context.path, () => findPrepared(context, id, part)),
    pace: (id) => findPace(context, id),
    keepPace: (id, pace) => write(() => keepPace(context, id, pace)),
    beginPart: (id, part, intent) => write(() => beginPart(context, id, part, intent)),
    publishPart: (id, part, published, last) => write(() => publishPart(context, id, part, published, last)),
    withdrawPart: (id, part, certain) => write(() => withdrawPart(context, id, part, certain)),
    finishDelivery: (id, outcome) => write(() => finishDelivery(context, id, outcome)),
    postponeDelivery: (id, dueAt, before = dueAt) => write(() => postponeDelivery(context, id, dueAt, before)),
    holdDelivery: (id, notification) => write(() => holdDelivery(context, id, notification)),
    approveDelivery: (id) => write(() => approveDelivery(context, id)),
    deletePart: (id, part) => write(() => deletePart(context, id, part)),
    dueDeliveries: (now, limit) => readOne(context, (raw) => dueDeliveries(raw, now, limit)),
    sendingDeliveries: () => readOne(context, sendingDeliveries),
    nextDeliveryDueAt: () => readOne(context, nextDeliveryDueAt),
    historyOf: (ids) => readRaw(context, (raw) => entriesOf(raw, ids)),
  };
}
