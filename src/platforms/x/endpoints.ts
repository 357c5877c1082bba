export const api2 = "https://api.x.com/2";

/** Of a post by its id; X finds it under any handle, and without one under this. */
export function postUrl(handle: string | null, id: string): string {
  return handle === null ? `https://x.com/i/web/status/${id}` : `https://x.com/${handle}/status/${id}`;
}
