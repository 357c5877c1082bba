/** Addresses as people write them: `anna@example.com, "Brown, Bob" <bob@example.com>`. */
export interface Mailbox {
  readonly name: string | null;
  readonly address: string;
}

/** A dot-atom (RFC 5322 section 3.2.3) of at most 64 characters (RFC 5321 section 4.5.3.1.1). */
const local = /^(?=.{1,64}$)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;

/** What was written, and what is wrong with it, each in words. */
export function addressesOf(written: string): {
  readonly list: readonly Mailbox[];
  readonly problems: readonly string[];
} {
  const list: Mailbox[] = [];
  const problems: string[] = [];
  for (const each of entries(written)) {
    const [, name, inBrackets] = /^(.*?)<([^<>]*)>$/s.exec(each) ?? [];
    const address = domainInAscii((inBrackets ?? each).trim());
    if (address === null) problems.push(`"${each}" is no e-mail address`);
    else list.push({ name: name === undefined ? null : unquoted(name.trim()) || null, address });
  }
  return { list, problems };
}

/** By commas; one between quotes is part of a name. */
function entries(written: string): string[] {
  const pieces = written.match(/(?:"(?:\\.|[^"\\])*"|[^,"]|")+/gs) ?? [];
  return pieces.map((piece) => piece.trim()).filter((piece) => piece !== "");
}

function unquoted(name: string): string {
  return /^".*"$/s.test(name) ? name.slice(1, -1).replace(/\\(.)/gs, "$1") : name;
}

/** Names of domains in the letters of DNS (RFC 5891); null: it is no address. */
function domainInAscii(address: string): string | null {
  const at = address.lastIndexOf("@");
  const [name, domain] = [address.slice(0, at), address.slice(at + 1)];
  if (at < 1 || !local.test(name) || /[\s/?#:@\\%[\]]/.test(domain) || !URL.canParse(`http://${domain}`)) return null;
  const { hostname } = new URL(`http://${domain}`);
  const isDomain = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/.test(hostname);
  return isDomain ? `${name}@${hostname}` : null;
}
