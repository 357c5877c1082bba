/** Who a post goes to. */
import { addressOf, resolveAccount } from "../domain/account.ts";
import { Failure } from "../domain/failure.ts";
import type { ConnectedAccount } from "../domain/ports/vault.ts";
import type { Context } from "./context.ts";

export interface TargetFlags {
  readonly platform?: readonly string[] | undefined;
  readonly account?: readonly string[] | undefined;
  readonly brand?: string | undefined;
}

/** Null: nobody is named. A brand given with an address narrows it. */
export async function namedTargets(
  context: Context,
  accounts: readonly ConnectedAccount[],
  flags: TargetFlags,
): Promise<ConnectedAccount[] | null> {
  const { platform = [], account = [], brand } = flags;
  const inBrand = brand === undefined ? accounts : accounts.filter((each) => each.brand === brand);
  const platforms = platform
    .flatMap((text) => text.split(","))
    .map((text) => text.trim())
    .filter(Boolean);
  for (const id of platforms) await requireKnown(context, id);
  const named = [...platforms, ...account].map((text) => resolveAccount(inBrand, text));
  const chosen = named.length === 0 && brand !== undefined ? await postable(context, inBrand) : named;
  const unique = [...new Map(chosen.map((each) => [each.id, each])).values()];
  if (unique.length > 0) return unique;
  if (brand === undefined) return null;
  throw new Failure("unknown_account", `brand "${brand}" has no account to post to`, {
    hint: `agencyiq connect x --brand ${brand}`,
  });
}

async function requireKnown(context: Context, id: string): Promise<void> {
  const { requirePlatform } = await import("../app/services.ts");
  await requirePlatform(context.services, id);
}

async function postable(context: Context, accounts: readonly ConnectedAccount[]): Promise<ConnectedAccount[]> {
  const able = await Promise.all(
    accounts.map(async ({ platform }) => (await context.services.loadPlatform(platform))?.publish !== undefined),
  );
  return accounts.filter((_account, index) => able[index]);
}

/** Asks a person. @throws Failure `question_without_terminal` */
export async function chooseTarget(context: Context, accounts: readonly ConnectedAccount[]): Promise<ConnectedAccount> {
  const able = await postable(context, accounts);
  if (able.length === 0 && context.prompts.interactive) {
    throw new Failure("unknown_account", "no account that can be posted to is connected", { hint: "agencyiq setup x" });
  }
  const choices = able.map((account) => ({ name: addressOf(account), value: addressOf(account) }));
  const flag = "--platform PLATFORM, --account ACCOUNT or --brand BRAND";
  return resolveAccount(accounts, await context.prompts.choose("Where to?", choices, flag));
}
