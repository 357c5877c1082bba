/** A Graph request's parameters, wherever they are: the query, a form, multipart or JSON. */

export interface Parameters {
  has(name: string): boolean;
  text(name: string): string | null;
  file(name: string): File | null;
  names(): string[];
}

/** @param body false: it is a file's bytes, and is left alone */
export async function readParameters(request: Request, { body }: { body: boolean }): Promise<Parameters> {
  const found = new Map<string, string | File>(new URL(request.url).searchParams);
  if (body && request.method !== "GET") for (const [name, value] of await bodyOf(request)) found.set(name, value);
  return {
    has: (name) => found.has(name),
    text: (name) => {
      const value = found.get(name);
      return typeof value === "string" ? value : null;
    },
    file: (name) => {
      const value = found.get(name);
      return value instanceof File ? value : null;
    },
    names: () => [...found.keys()],
  };
}

async function bodyOf(request: Request): Promise<Iterable<[string, string | File]>> {
  const type = request.headers.get("content-type") ?? "";
  if (/^application\/json\b/i.test(type)) return jsonOf(await request.text());
  if (!/^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(type)) return [];
  try {
    return await request.formData();
  } catch {
    return [];
  }
}

/** What is no text is written as JSON, as a form would have it. */
function jsonOf(text: string): [string, string][] {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== "object" || body === null) return [];
    return Object.entries(body).map(([name, value]) => [
      name,
      typeof value === "string" ? value : JSON.stringify(value),
    ]);
  } catch {
    return [];
  }
}
