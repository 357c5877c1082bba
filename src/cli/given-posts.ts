/** What is to be posted, wherever it was said: in arguments, on standard input, in post files, in a table. */

import type { Command } from "commander";
import { Failure } from "../domain/failure.ts";
import { type PostInput, readPosts } from "../domain/input/post-input.ts";
import { canonicalName, type RawPost } from "../domain/input/raw-post.ts";
import { collect } from "./command.ts";
import type { Context } from "./context.ts";
import { declarePostFlags, draftFromFlags, type PostFlags, sayingFlag } from "./post-flags.ts";
import { optionsOfPlatforms } from "./post-options.ts";

export interface GivenFlags extends PostFlags {
  readonly stdin?: boolean;
  readonly file?: readonly string[];
  readonly csv?: string;
  readonly key?: string;
}

export function declareGivenPosts(command: Command): Command {
  return declarePostFlags(
    command
      .argument("[text...]", "what to say, or post files: posts/*.md")
      .option("--stdin", "read the text from standard input")
      .option(
        "--file <file>",
        "a post file (Markdown with YAML front matter; - is standard input); repeatable",
        collect,
      )
      .option("--csv <file>", "a table: a post a row, columns named as in post files"),
  );
}

/** Whether posts are read from files, which say themselves what, where and when. */
export function fromFiles(words: readonly string[], flags: GivenFlags): boolean {
  return postFilesIn(words, flags).length > 0 || flags.csv !== undefined;
}

/** Every post of every file, all of them understood. @throws Failure `usage`, `file_unreadable`, `post_file_invalid` */
export async function postsInFiles(
  context: Context,
  words: readonly string[],
  flags: GivenFlags,
): Promise<PostInput[]> {
  const files = postFilesIn(words, flags);
  const other =
    words.length > 0 && !words.every(isPostFile) ? "a text" : (sayingFlag(flags) ?? (flags.stdin && "--stdin"));
  if (other) throw usage(`${other} cannot be given with post files`, "write it into the file (docs/post-files.md)");
  const { platformIds } = context.services;
  const raw: RawPost[] = [];
  for (const file of files) raw.push(await readFile(context, file));
  if (flags.csv !== undefined) {
    const { platformsIn, rawPostsOf } = await import("../domain/input/post-columns.ts");
    const table = await context.postFiles.readTable(flags.csv);
    const options = await optionsOfPlatforms(context, platformsIn(table, platformIds));
    raw.push(...rawPostsOf(table, platformIds, options));
  }
  const options = await optionsOfPlatforms(context, spokenOf(raw, platformIds));
  const posts = readPosts(raw, platformIds, options).map((post) => withFlags(post, flags));
  if (posts.length === 0) throw usage(`${flags.csv} has no posts`, "below its first line, write a post a line");
  if (posts.length > 1 && flags.key !== undefined) {
    throw usage(
      "--key is of one post, and here are several",
      "give each a key of its own: key in its file, or a column",
    );
  }
  return posts;
}

/** One post, from arguments, standard input or a person. @throws Failure `usage`, `question_without_terminal` */
export async function postInFlags(context: Context, words: readonly string[], flags: GivenFlags): Promise<PostInput> {
  const text = await textOf(context, words, flags);
  const draft = draftFromFlags(text, flags, context.machine.absolute);
  return { source: null, draft, to: [], brand: null, at: null, key: flags.key ?? null, mediaBaseUrl: null };
}

function withFlags(post: PostInput, { key, fit }: GivenFlags): PostInput {
  return {
    ...post,
    key: key ?? post.key,
    draft: fit === false ? { ...post.draft, fit } : post.draft,
  };
}

/** The platforms that posts say something of their own for. */
function spokenOf(posts: readonly RawPost[], platforms: readonly string[]): string[] {
  const keys = new Set(posts.flatMap(({ fields }) => [...fields.keys()].map(canonicalName)));
  return platforms.filter((id) => keys.has(id));
}

function readFile({ postFiles, readStdin }: Context, file: string): Promise<RawPost> {
  return file === "-" ? readStdin().then((text) => postFiles.parse(text, "standard input")) : postFiles.read(file);
}

function postFilesIn(words: readonly string[], { file = [] }: GivenFlags): string[] {
  return [...file, ...words.filter((word) => isPostFile(word))];
}

/** One with spaces in it may be a sentence about a file. */
function isPostFile(word: string): boolean {
  return /^\S+\.(?:md|markdown)$/i.test(word);
}

async function textOf(context: Context, words: readonly string[], flags: GivenFlags): Promise<string> {
  const [given, ...more] = words;
  if (more.length > 0)
    throw usage("the text is more than one argument", `quote it: agencyiq publish "${words.join(" ")}"`);
  if (given !== undefined && flags.stdin) {
    throw usage("the text is given twice", "either as an argument or with --stdin");
  }
  if (given !== undefined) return given;
  if (flags.stdin) return (await context.readStdin()).replace(/\r?\n$/, "");
  // A picture, a video, a document, a poll or a link under a title may go out by itself.
  if (flags.image || flags.video || flags.document || flags.poll || (flags.title && flags.link)) return "";
  return context.prompts.text("What do you want to say?", "the text as an argument, or --stdin");
}

function usage(message: string, hint: string): Failure {
  return new Failure("usage", message, { hint });
}
