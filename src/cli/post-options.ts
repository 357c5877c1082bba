/** What a post says beside its words: options of one platform, and where its files can be fetched. */
import { fileName } from "../domain/checking/words.ts";
import { Failure } from "../domain/failure.ts";
import { isWebAddress } from "../domain/input/post-input.ts";
import { canonicalName } from "../domain/input/raw-post.ts";
import { nearest } from "../domain/nearest.ts";
import type { ConnectedAccount } from "../domain/ports/vault.ts";
import { type PostDraft, withFiles } from "../domain/post.ts";
import { type OptionValue, type PlatformOptions, type PostOption, readOption } from "../domain/post-option.ts";
import type { Context } from "./context.ts";
import { instantOf } from "./when.ts";

export interface OptionFlags {
  readonly option?: readonly string[];
  readonly mediaBaseUrl?: string;
}

/** Each platform's own, of those that are named. */
export async function optionsOfPlatforms({ services }: Context, ids: Iterable<string>): Promise<PlatformOptions> {
  const loaded = [...new Set(ids)].map(async (id) => [id, (await services.loadPlatform(id))?.options ?? []] as const);
  return Object.fromEntries(await Promise.all(loaded));
}

interface Meant {
  readonly accounts: readonly ConnectedAccount[];
  readonly brand: string;
  /** From its file; null: not said there. */
  readonly mediaBaseUrl: string | null;
}

/** The draft with what flags add, with its times as instants and the addresses of its files. @throws Failure `usage` */
export async function completed(
  context: Context,
  draft: PostDraft,
  { accounts, brand, mediaBaseUrl }: Meant,
  flags: OptionFlags,
): Promise<PostDraft> {
  const targets = [...new Set(accounts.map(({ platform }) => platform))];
  const options = await optionsOfPlatforms(context, [...targets, ...Object.keys(draft.variants)]);
  const whole = withOptions(context, draft, flags.option ?? [], targets, options);
  const timed = await withInstants(context, whole, brand, options);
  return withAddresses(timed, flags.mediaBaseUrl ?? mediaBaseUrl ?? context.mediaBaseUrl);
}

function withOptions(
  { machine }: Context,
  draft: PostDraft,
  given: readonly string[],
  targets: readonly string[],
  known: PlatformOptions,
): PostDraft {
  const variants = { ...draft.variants };
  for (const text of given) {
    const { platform, option, written } = meantBy(text, targets, known);
    const read = readOption(option, written, machine.absolute);
    if ("problem" in read) throw usage(`--option ${text}: ${read.problem}`, `agencyiq platforms show ${platform}`);
    const { options = {} } = variants[platform] ?? {};
    if (Object.hasOwn(options, option.name)) throw usage(`--option ${option.name} is given twice`, "give it once");
    variants[platform] = { ...variants[platform], options: { ...options, [option.name]: read.value } };
  }
  return { ...draft, variants };
}

/** `youtube.category=22`, or `category=22` where only one platform is meant. */
function meantBy(text: string, targets: readonly string[], known: PlatformOptions) {
  const [, before = null, name, written] = /^(?:([^.=]+)\.)?([^.=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || written === undefined) {
    throw usage(`--option ${text} has no value`, "--option PLATFORM.NAME=VALUE");
  }
  const [only, ...others] = targets;
  if (before === null && others.length > 0) {
    throw usage(`--option ${text}: of which platform?`, `--option ${only}.${text}`);
  }
  const platform = before === null ? (only ?? "") : canonicalName(before);
  if (!targets.includes(platform)) {
    throw usage(`--option ${text}: the post does not go to "${before}"`, `it goes to ${targets.join(", ")}`);
  }
  return { platform, option: optionNamed(platform, name, known[platform] ?? []), written };
}

function optionNamed(platform: string, written: string, known: readonly PostOption[]): PostOption {
  const name = canonicalName(written);
  const found = known.find((option) => option.name === name);
  if (found) return found;
  const names = known.map((option) => option.name);
  const near = nearest(name, names);
  const there = names.length === 0 ? "it has none" : `there ${names.length === 1 ? "is" : "are"} ${names.join(", ")}`;
  const hint = `agencyiq platforms show ${platform}`;
  throw usage(`${platform} has no option "${written}"${near ? `; did you mean ${near}?` : ""} (${there})`, hint);
}

/** A time is read in the brand's zone, as `--at` is. */
async function withInstants(
  context: Context,
  draft: PostDraft,
  brand: string,
  known: PlatformOptions,
): Promise<PostDraft> {
  const variants: Record<string, PostDraft["variants"][string]> = { ...draft.variants };
  for (const [platform, variant] of Object.entries(draft.variants)) {
    const read: Record<string, OptionValue> = { ...variant.options };
    for (const { name, takes } of known[platform] ?? []) {
      const value = read[name];
      if (takes === "instant" && typeof value === "string") read[name] = await instantOf(context, brand, value);
    }
    if (variant.options) variants[platform] = { ...variant, options: read };
  }
  return { ...draft, variants };
}

/** Every file by its name, in the folder on the web that is named. */
async function withAddresses(draft: PostDraft, folder: string | null): Promise<PostDraft> {
  if (folder === null) return draft;
  if (!isWebAddress(folder)) {
    throw usage(`the media base URL ${folder} is no address of the web`, "--media-base-url https://…");
  }
  const base = folder.endsWith("/") ? folder : `${folder}/`;
  return withFiles(draft, async (file) => ({
    ...file,
    url: file.url ?? base + encodeURIComponent(fileName(file.file)),
  }));
}

function usage(message: string, hint: string): Failure {
  return new Failure("usage", message, { hint });
}
