import { addressOf, matchAccounts, resolveAccount } from "../domain/account.ts";
import { Failure } from "../domain/failure.ts";
import type { ConnectedAccount } from "../domain/ports/vault.ts";
import type { Context } from "./context.ts";

/** The one account an address means; a person at a terminal may choose among several. */
export async function pickAccount(context: Context, text: string): Promise<ConnectedAccount> {
  const accounts = await connectedAccounts(context);
  const found = matchAccounts(accounts, text);
  if (found.length < 2 || !context.prompts.interactive) return resolveAccount(accounts, text);
  const chosen = await context.prompts.choose(
    `Which account is "${text}"?`,
    found.map((account) => ({ name: addressOf(account), value: account.id })),
    "the account in full",
  );
  return found.find(({ id }) => id === chosen) ?? resolveAccount(accounts, text);
}

/**
 * Every account that the addresses mean, each once; all accounts when there are none. `severalEach`: an address may mean
 * several, where they are only looked at.
 */
export async function pickAccounts(
  context: Context,
  texts: readonly string[],
  { severalEach }: { readonly severalEach: boolean },
): Promise<ConnectedAccount[]> {
  const accounts = await connectedAccounts(context);
  if (texts.length === 0) return accounts;
  const chosen = new Map<string, ConnectedAccount>();
  for (const text of texts) {
    const found = matchAccounts(accounts, text);
    for (const account of severalEach && found.length > 0 ? found : [resolveAccount(accounts, text)])
      chosen.set(account.id, account);
  }
  return [...chosen.values()];
}

/** All accounts; an empty vault that was never made counts as having none. */
export async function connectedAccounts(context: Context): Promise<ConnectedAccount[]> {
  try {
    return await (await context.services.vault()).accounts();
  } catch (error) {
    if (error instanceof Failure && error.code === "vault_missing") return [];
    throw error;
  }
}
