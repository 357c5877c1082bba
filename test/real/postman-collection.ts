/** Judges requests by a Postman collection (https://schema.postman.com): the addresses and parameters that it knows. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { HttpRequest } from "../../src/domain/ports/http.ts";

interface Item {
  readonly name: string;
  readonly item?: readonly Item[];
  readonly request?: {
    readonly method: string;
    readonly url: {
      readonly host: readonly string[];
      readonly path?: readonly string[];
      readonly query?: readonly { readonly key: string; readonly value?: string | null }[];
    };
  };
}

interface Collection {
  readonly item: readonly Item[];
  readonly variable: readonly { readonly key: string; readonly value?: string }[];
}

interface KnownRequest {
  readonly name: string;
  readonly method: string;
  readonly host: string;
  /** A variable of the collection stands for any number. */
  readonly path: readonly string[];
  readonly parameters: readonly { readonly name: string; readonly values: readonly string[] }[];
}

export interface Judgement {
  /** That of the collection; null: it has none for this address. */
  readonly request: string | null;
  readonly deviations: readonly string[];
}

export interface JudgingCollection {
  judge(request: HttpRequest): Judgement;
}

/** null without the folder that AGENCYIQ_API_DESCRIPTIONS names, or without this file in it. `words`: variables that list what a parameter may be. */
export function judgingCollection(name: string, words: Readonly<Record<string, string>>): JudgingCollection | null {
  const folder = process.env["AGENCYIQ_API_DESCRIPTIONS"];
  const path = folder ? join(folder, name) : null;
  if (!path || !existsSync(path)) return null;
  const collection = JSON.parse(readFileSync(path, "utf8")) as Collection;
  const variables = new Map(collection.variable.map(({ key, value = "" }) => [key, value]));
  const known = requestsIn(collection.item).map((item) => knownRequest(item, variables));
  const lists = new Map(Object.entries(words).map(([key, variable]) => [key, listOf(variables.get(variable) ?? "")]));
  return { judge: (request) => judge(known, lists, request) };
}

function requestsIn(items: readonly Item[]): Item[] {
  return items.flatMap((item) => (item.item ? requestsIn(item.item) : [item]));
}

/** Without what is asked for of objects inside. */
const listOf = (text: string): string[] =>
  text
    .replace(/\{[^}]*\}/g, "")
    .split(",")
    .map((word) => word.trim());

function knownRequest({ name, request }: Item, variables: ReadonlyMap<string, string>): KnownRequest {
  if (!request) throw new Error(`${name} has no request`);
  const filled = (text: string) => text.replace(/\{\{(\w+)\}\}/g, (_, key: string) => variables.get(key) || `:${key}`);
  const { host, path = [], query = [] } = request.url;
  return {
    name,
    method: request.method,
    host: new URL(filled(host.join("."))).host,
    path: path.filter((segment) => segment !== "").map((segment) => (/^\{\{/.test(segment) ? ":id" : segment)),
    parameters: query.map(({ key, value }) => ({ name: key, values: listOf(filled(value ?? "")) })),
  };
}

/** By the one that fits best; the version before a path is left out by the collection. */
function judge(
  known: readonly KnownRequest[],
  lists: ReadonlyMap<string, readonly string[]>,
  request: HttpRequest,
): Judgement {
  const { host, pathname } = new URL(request.url);
  const path = pathname.split("/").filter((segment) => segment !== "" && !/^v\d+\.\d+$/.test(segment));
  const meant = known.filter((one) => one.host === host && one.method === request.method && isPath(one.path, path));
  const judgements = meant.map((one) => ({ request: one.name, deviations: deviationsFrom(one, lists, request) }));
  const [best] = judgements.sort((one, other) => one.deviations.length - other.deviations.length);
  return best ?? { request: null, deviations: [`${request.method} ${host}${pathname} is not described`] };
}

function deviationsFrom(
  { parameters }: KnownRequest,
  lists: ReadonlyMap<string, readonly string[]>,
  { url, body }: HttpRequest,
): string[] {
  const form = typeof body === "string" ? new URLSearchParams(body) : [];
  return [...new URL(url).searchParams, ...form].flatMap(([name, value]) => {
    const parameter = parameters.find((one) => one.name === name);
    if (!parameter) return name === "access_token" ? [] : [`${name} is not described`];
    const words = name === "fields" ? parameter.values : lists.get(name);
    const wrong = words ? value.split(",").filter((word) => !words.includes(word)) : [];
    return wrong.map((word) => `${name} may not be ${word}`);
  });
}

function isPath(wanted: readonly string[], given: readonly string[]): boolean {
  if (wanted.length !== given.length) return false;
  return wanted.every((segment, index) =>
    segment === ":id" ? /^\d+$/.test(given[index] ?? "") : segment === given[index],
  );
}
