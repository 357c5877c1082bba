import type { Services } from "./services.ts";

/** What is this long in an address is no word. */
const shortestPart = 16;

/**
 * A secret is never shown from now on; of an address, none of the parts that may be the secret in it either: logs and
 * errors show addresses in parts.
 */
export function keepSecretAddress({ keepSecret }: Pick<Services, "keepSecret">, secret: string): void {
  keepSecret(secret);
  if (!URL.canParse(secret)) return;
  const { pathname, search, searchParams } = new URL(secret);
  const parts = [search, ...searchParams.values(), ...pathname.split("/")];
  for (const part of parts) if (part.length >= shortestPart) keepSecret(part);
}

/**
 * The same for what a person pasted: an address, or `user:password`, whose password may be told back alone. Others show
 * what went into a header in base64, which the redaction knows by itself.
 */
export function keepSecretKey(services: Pick<Services, "keepSecret">, key: string): void {
  keepSecretAddress(services, key);
  const [, password] = /^[^:/\s]+:(?!\/\/)(.+)$/s.exec(key) ?? [];
  if (password !== undefined) services.keepSecret(password);
}
