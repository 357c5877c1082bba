/** Which accounts live by one person's login. */
import { addressOf } from "../domain/account.ts";
import { bringsAnother, type Credential, isSameLogin } from "../domain/credential.ts";
import type { ConnectedAccount, Vault } from "../domain/ports/vault.ts";

/** The accounts, of any brand, with a credential of this login; the given one left out. */
export async function othersOfLogin(
  vault: Vault,
  account: ConnectedAccount,
  credential: Credential,
): Promise<ConnectedAccount[]> {
  const accounts = await vault.accounts({ platform: account.platform });
  return accounts.filter(
    ({ id, credentials }) => id !== account.id && credentials.some((each) => isSameLogin(each, credential)),
  );
}

/** The addresses of those that live by a login which itself never posts; undefined for a credential that does. */
export async function dependentsOf(
  vault: Vault,
  account: ConnectedAccount,
  credential: Credential,
): Promise<string[] | undefined> {
  const present = await vault.account(account.id);
  if (!bringsAnother(credential, present?.credentials ?? [])) return undefined;
  const others = await othersOfLogin(vault, account, credential);
  return [account, ...others].map(addressOf).sort();
}
