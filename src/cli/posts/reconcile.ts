import type { PostsRequest } from "../../app/posts.ts";
import type { Delivery } from "../../domain/delivery.ts";
import { Failure } from "../../domain/failure.ts";
import { type CommandModule, optionsOf } from "../command.ts";
import type { Context } from "../context.ts";
import { changeAndTell } from "./change.ts";
import { pickDeliveries } from "./pick.ts";

interface ReconcileOptions {
  readonly published?: string;
  readonly notPublished?: boolean;
}

export const reconcile: CommandModule = {
  declare: (command) =>
    command
      .argument("[ids...]", "deliveries whose outcome is unknown (default: all of them)")
      .option("--published <url>", "it is public: there")
      .option("--not-published", "nothing of it is public")
      .addHelpText(
        "after",
        `
Without a flag the platform is asked, where it can tell. Sends nothing.
Examples:
  agencyiq posts reconcile
  agencyiq posts reconcile 3f2a91c0 --published https://x.com/acme/status/1
  agencyiq posts reconcile 3f2a91c0 --not-published`,
      ),
  run: async (context, input) => {
    const given = (input.args[0] ?? []) as readonly string[];
    const { published, notPublished = false } = optionsOf<ReconcileOptions>(input);
    if (published !== undefined && notPublished) {
      throw new Failure("usage", "--published and --not-published contradict each other", { hint: "give one of them" });
    }
    const settles = published !== undefined || notPublished;
    if (settles && given.length === 0)
      throw new Failure("usage", "which delivery?", { hint: "agencyiq posts list --state unknown" });
    const ids =
      given.length === 0 ? await unknownOnes(context) : (await pickDeliveries(context, given)).map(({ id }) => id);
    if (ids.length === 0) {
      context.output.result("", { deliveries: [] });
      context.output.note("No outcome is unknown.");
      return null;
    }
    if (published !== undefined && ids.length > 1) {
      throw new Failure("usage", "one address cannot be that of several deliveries", { hint: "name one delivery" });
    }
    const request: PostsRequest = settles
      ? { action: "settle", ids, published: published === undefined ? null : postAt(published) }
      : { action: "look", ids };
    return changeAndTell(context, request, "looking");
  },
};

async function unknownOnes({ services }: Context): Promise<string[]> {
  const stored = await (await services.vault()).posts({ states: ["unknown", "sending"] });
  const now = services.clock.now();
  // One that is being sent is so no longer, if nobody has looked after it for a while.
  const isOpen = ({ state, dueAt }: Delivery) => state === "unknown" || (dueAt ?? 0) <= now;
  return stored.flatMap(({ deliveries }) => deliveries.filter(isOpen).map(({ id }) => id));
}

/** Platforms end a post's address with its id. */
function postAt(text: string): { url: string; remoteId: string } {
  const url = URL.canParse(text) ? new URL(text) : null;
  const remoteId = url?.pathname.split("/").filter(Boolean).at(-1);
  if (url && remoteId && /^https?:$/.test(url.protocol))
    return { url: url.href, remoteId: decodeURIComponent(remoteId) };
  throw new Failure("usage", `--published "${text}" is not the address of a post`, {
    hint: "copy it from the browser: https://…",
  });
}
