/**
 * Tokens that could not be committed: a sealed file each, written so that it is whole or not there (temporary file, fsync,
 * rename, fsync of the folder). Applied at the next chance with the same compare-and-swap.
 */
import { closeSync, existsSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../domain/failure.ts";
import type { CommitRefresh } from "../domain/ports/vault.ts";
import { makeFolder } from "./folder.ts";
import { giveRoomUp, writeDurably } from "./reserve.ts";
import { termOf } from "./sealed-record.ts";
import { guarded, storageFailure } from "./storage-failure.ts";
import type { VaultContext } from "./vault-context.ts";

const suffix = ".rescue";

function folderOf(context: VaultContext): string {
  return join(context.home, "rescue");
}

const placeOf = (credentialId: string, generation: number) => ({
  table: "rescue",
  rowId: credentialId,
  kind: "tokens",
  generation,
});

export async function writeRescue(context: VaultContext, commit: CommitRefresh): Promise<void> {
  const place = placeOf(commit.credentialId, commit.fromGeneration);
  await context.keyring.keys();
  const { blob } = await guarded(context.path, async () => context.keyring.seal(place, JSON.stringify(commit)));
  const folder = folderOf(context);
  const path = join(folder, `${commit.credentialId}.${commit.fromGeneration}${suffix}`);
  const keep = () => {
    makeFolder(folder);
    writeDurably(`${path}.part`, blob);
    renameSync(`${path}.part`, path);
    syncFolder(folder);
  };
  try {
    keepWithRoom(context, keep);
  } catch (error) {
    rmSync(`${path}.part`, { force: true });
    throw storageFailure(error, path);
  }
}

/** On a full disk in the room that was set aside for this. */
function keepWithRoom(context: VaultContext, keep: () => void): void {
  try {
    keep();
  } catch (error) {
    const isFull = ["ENOSPC", "EDQUOT"].includes((error as NodeJS.ErrnoException).code ?? "");
    if (!isFull || !giveRoomUp(context)) throw error;
    keep();
  }
}

export function syncFolder(folder: string): void {
  // Windows cannot sync a folder; its rename is durable by itself.
  if (process.platform === "win32") return;
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Applies what was rescued for a credential, oldest generation first; a file is removed once its content is committed or outdated. */
export async function applyRescues(
  context: VaultContext,
  credentialId: string,
  apply: (commit: CommitRefresh) => Promise<"committed" | "superseded">,
): Promise<number> {
  const folder = folderOf(context);
  if (!existsSync(folder)) return 0;
  let applied = 0;
  for (const { path, generation } of rescuesOf(folder, credentialId)) {
    const place = placeOf(credentialId, generation);
    await context.keyring.keys();
    const text = await guarded(context.path, async () => context.keyring.open(place, readFileSync(path))).catch(
      (error) => {
        throw damagedRescue(error, path);
      },
    );
    if ((await apply(JSON.parse(text) as CommitRefresh)) === "committed") applied += 1;
    rmSync(path, { force: true });
  }
  return applied;
}

/** It may hold the only tokens that still work, so a person decides. */
function damagedRescue(error: unknown, path: string): unknown {
  if (!(error instanceof Failure) || error.code !== "record_damaged") return error;
  return new Failure("record_damaged", `tokens kept in ${path} do not open: the file was changed, moved or cut`, {
    hint: "put the file back as it was; or take it away and run this again",
    cause: error,
  });
}

/** What was rescued, or was about to be, for a credential that is gone. */
export function dropRescues(context: VaultContext, credentialId: string): void {
  const folder = folderOf(context);
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    if (name.startsWith(`${credentialId}.`)) rmSync(join(folder, name), { force: true });
  }
}

/** The data keys that rescued tokens are sealed under: a rotation must keep them. */
export function termsOfRescues(context: VaultContext): number[] {
  const folder = folderOf(context);
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => name.endsWith(suffix));
  const terms = files.map((name) => termOf(readFileSync(join(folder, name))));
  return terms.filter((term) => term !== null);
}

function rescuesOf(folder: string, credentialId: string): { path: string; generation: number }[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${credentialId}.`) && name.endsWith(suffix))
    .map((name) => ({
      path: join(folder, name),
      generation: Number(name.slice(credentialId.length + 1, -suffix.length)),
    }))
    .sort((a, b) => a.generation - b.generation);
}
