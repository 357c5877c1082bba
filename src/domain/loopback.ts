/** This very machine: its own addresses (IPv6 with or without brackets), or the name that is reserved for them (RFC 6761). */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || hostname === "::1" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
