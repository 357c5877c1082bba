/**
 * Proof that a request comes from the app that the token was given to
 * (https://developers.facebook.com/docs/graph-api/guides/secure-requests): hex HMAC-SHA256 of the token, under the app's secret.
 */
export async function tokenProof(accessToken: string, appSecret: string): Promise<string> {
  const bytes = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes.encode(appSecret), algorithm, false, ["sign"]);
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, bytes.encode(accessToken)));
  return [...mac].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
