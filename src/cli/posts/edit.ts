import type { PostsRequest } from "../../app/posts.ts";
import { Failure } from "../../domain/failure.ts";
import { type CommandModule, optionsOf } from "../command.ts";
import type { Context } from "../context.ts";
import { declareSchedule, type ScheduleFlags, scheduleOf } from "../when.ts";
import { changeAndTell } from "./change.ts";
import { pickPost } from "./pick.ts";

interface EditOptions extends ScheduleFlags {
  readonly overQuota?: boolean;
  readonly stdin?: boolean;
}

export const edit: CommandModule = {
  declare: (command) =>
    declareSchedule(
      command
        .argument("<id>", "the post, or one of its deliveries")
        .argument("[text]", "its new text")
        .option("--stdin", "read the new text from standard input")
        .option("--over-quota", "outside the brand's posting cycle, or above its quota, all the same"),
    ).addHelpText(
      "after",
      `
For what has not gone out anywhere. The text is checked for every account again.
Examples:
  agencyiq posts edit 3f2a91c0 "Better words"
  agencyiq posts edit 3f2a91c0 --at "friday 10:00"`,
    ),
  run: async (context, input) => {
    const [id, given] = input.args as readonly (string | undefined)[];
    const options = optionsOf<EditOptions>(input);
    const { post } = await pickPost(context, String(id));
    const text = await textOf(context, given, options);
    const read = await scheduleOf(context, post.brand, options);
    if (text === null && read === null) {
      throw new Failure("usage", "nothing is to be changed", { hint: "give a text, --stdin, --at or --queue" });
    }
    if (read?.note) context.output.warn(read.note);
    const draft = text === null ? null : { ...post.draft, text };
    const request: PostsRequest = {
      action: "edit",
      postId: post.id,
      draft,
      schedule: read?.schedule ?? null,
      overQuota: options.overQuota ?? false,
    };
    return changeAndTell(context, request, "changing");
  },
};

async function textOf(
  context: Context,
  given: string | undefined,
  { stdin = false }: EditOptions,
): Promise<string | null> {
  if (given !== undefined && stdin) {
    throw new Failure("usage", "the text is given twice", { hint: "either as an argument or with --stdin" });
  }
  return stdin ? (await context.readStdin()).replace(/\r?\n$/, "") : (given ?? null);
}
