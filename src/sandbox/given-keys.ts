/** The sandbox's keys for ways in by a pasted key, as scripts and people take them from it. */
import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import type { SandboxKey, Twin } from "./twin.ts";

/** `GET /keys`: all, as JSON. `GET /keys/PLATFORM?method=&person=`: the first that fits, as text to be piped on. */
export function keyPages(twins: readonly Twin[]): Hono<{ Bindings: HttpBindings }> {
  const pages = new Hono<{ Bindings: HttpBindings }>();
  pages.get("/", (context) =>
    context.json({
      keys: twins.flatMap(({ id, keys = [] }) => keys.map((key) => ({ platform: id, ...key }))),
    }),
  );
  pages.get("/:platform", (context) => {
    const { method, person } = context.req.query();
    const wanted = (key: SandboxKey) =>
      (method === undefined || key.method === method) && (person === undefined || key.person === person);
    const keys = twins.find(({ id }) => id === context.req.param("platform"))?.keys ?? [];
    const key = keys.find(wanted);
    if (!key) return context.text("There is no such key here; GET /keys lists them.\n", 404);
    return context.text(`${key.key}\n`);
  });
  return pages;
}

/** What connects with it, on a command line. */
export function keyCommand(
  url: string,
  platform: string,
  { method, person, answers = {}, instance }: SandboxKey,
): string {
  const place = instance === undefined ? "" : ` --instance ${instance}`;
  const given = Object.entries(answers).map(([name, value]) => ` --set ${name}=${value}`);
  const address = `${url}/keys/${platform}?method=${method}&person=${person}`;
  return `curl -s '${address}' | agencyiq connect ${platform} --credential ${method}${place}${given.join("")} --token-stdin`;
}
