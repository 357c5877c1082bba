import { addressOf } from "../../domain/account.ts";
import type { ConnectedAccount } from "../../domain/ports/vault.ts";
import { toTimestamp } from "../../domain/time.ts";
import { connectedAccounts } from "../account-lookup.ts";
import type { CommandModule } from "../command.ts";
import { renderTable } from "../table.ts";

export const list: CommandModule = {
  declare: (command) => command,
  run: async (context) => {
    const accounts = await connectedAccounts(context);
    const { output } = context;
    output.result(
      () => asTable(accounts, output.width),
      () => ({ accounts: accounts.map(accountDocument) }),
    );
    if (accounts.length === 0) output.note("No account is connected yet. Begin with: agencyiq setup x");
    return null;
  },
};

/** How an account is told in JSON, everywhere. */
export function accountDocument(account: ConnectedAccount) {
  return {
    account: addressOf(account),
    id: account.id,
    brand: account.brand,
    platform: account.platform,
    handle: account.handle,
    name: account.name,
    externalId: account.externalId,
    issuer: account.issuer,
    url: account.url,
    default: account.isDefault,
    connectedAt: toTimestamp(account.createdAt),
  };
}

function asTable(accounts: readonly ConnectedAccount[], width: number): string {
  if (accounts.length === 0) return "";
  const columns = [
    { title: "ACCOUNT" },
    { title: "NAME", flexible: true },
    { title: "DEFAULT" },
    { title: "URL", flexible: true },
  ];
  const rows = accounts.map((account) => [
    addressOf(account),
    account.name ?? "",
    account.isDefault ? "yes" : "",
    account.url ?? account.issuer ?? "",
  ]);
  return renderTable(columns, rows, width);
}
