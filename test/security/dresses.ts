/** Every dress a secret could leave in: as it is, percent-encoded, hexadecimal, base64. */
export function dressesOf(text: string): string[] {
  const inUrl = encodeURIComponent(text);
  const hex = Buffer.from(text).toString("hex");
  const spelled = new Set([text, inUrl, inUrl.replace(/%../g, (code) => code.toLowerCase())]);
  return [...new Set([...spelled, hex, hex.toUpperCase(), ...[...spelled].flatMap(base64Forms)])];
}

/** Base64 has three phases, according to where the text begins; what depends on its neighbours is left out. */
function base64Forms(text: string): string[] {
  return ["", "a", "ab"].flatMap((lead) => {
    const encoded = Buffer.from(lead + text).toString("base64");
    const own = encoded.slice(lead === "" ? 0 : 4, encoded.length - 4);
    return [own, own.replaceAll("+", "-").replaceAll("/", "_")];
  });
}
