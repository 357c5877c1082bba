/** Judges requests by a platform's own OpenAPI 3 description, with a JSON Schema validator of others. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import type { HttpRequest } from "../../src/domain/ports/http.ts";

interface Parameter {
  readonly $ref?: string;
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly required?: boolean;
    readonly content: Readonly<Record<string, { schema: Schema }>>;
  };
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
}

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly parameters?: Readonly<Record<string, Parameter>>;
    readonly schemas?: Readonly<Record<string, Schema>>;
  };
}

export interface Judgement {
  /** The operation that the request is of; null: the description has none. */
  readonly operation: string | null;
  readonly deviations: readonly string[];
  /** What a token needs for it, in one of its schemes. */
  readonly scopes: readonly string[];
  /** The scopes of all of its schemes, where each alone is enough. */
  readonly anyOf: readonly string[];
}

export interface JudgeOptions {
  /** Names that a schema does not have are deviations though it does not forbid them. */
  readonly strictNames?: boolean;
  /** Names that the platform has since the description was written. */
  readonly newer?: readonly string[];
}

export interface DescribedApi {
  judge(request: HttpRequest, options?: JudgeOptions): Promise<Judgement>;
}

/**
 * null without the folder that AGENCYIQ_API_DESCRIPTIONS names, or without this file in it. `oneOfIsAny`: its alternatives do not
 * exclude each other, whatever it says.
 */
export function describedApi(name: string, { oneOfIsAny = false } = {}): DescribedApi | null {
  const folder = process.env["AGENCYIQ_API_DESCRIPTIONS"];
  const path = folder ? join(folder, name) : null;
  if (!path || !existsSync(path)) return null;
  const text = readFileSync(path, "utf8");
  const description = JSON.parse(oneOfIsAny ? text.replaceAll('"oneOf"', '"anyOf"') : text) as Description;
  // OpenAPI 3.0 is not quite JSON Schema: what it adds is left out of account, what they share is judged.
  const ajv = new Ajv({ strict: false, allErrors: true, coerceTypes: false, logger: false });
  addFormats.default(ajv);
  ajv.addSchema(description as object, "description");
  const deviationsOf = (schema: Schema, value: unknown, at: string): string[] => {
    const validate = ajv.compile(absolute(schema) as object);
    validate(value);
    return (validate.errors ?? []).map((error) => {
      const extra = error.params["additionalProperty"];
      return `${at}${error.instancePath} ${error.message}${extra ? ` (${extra})` : ""}`;
    });
  };
  return {
    judge: (request, { strictNames = false, newer = [] } = {}) => {
      const withNames: DeviationsOf = (schema, value, at) => [
        ...deviationsOf(schema, value, at),
        ...(at === "$" ? unknownNames(description, schema, value, "").filter((name) => !isNewer(name, newer)) : []).map(
          (name) => `${name} is not described`,
        ),
      ];
      return judge(description, request, strictNames ? withNames : deviationsOf);
    },
  };
}

const isNewer = (name: string, newer: readonly string[]) => newer.includes(name.split(".").at(-1) ?? "");

/** Paths of what is in a value and not in its schema. */
function unknownNames(description: Description, schema: Schema | undefined, value: unknown, at: string): string[] {
  const { properties, items } = wholeSchema(description, schema);
  if (Array.isArray(value)) return value.flatMap((each) => unknownNames(description, items, each, at));
  if (typeof value !== "object" || value === null || !properties) return [];
  return Object.entries(value).flatMap(([key, each]) => {
    const path = at === "" ? key : `${at}.${key}`;
    return key in properties ? unknownNames(description, properties[key], each, path) : [path];
  });
}

/** With what the schemas that it is made of have. */
function wholeSchema(description: Description, schema: Schema | undefined): Schema {
  const name = schema?.$ref?.split("/").at(-1);
  const own = (name ? description.components.schemas?.[name] : schema) ?? {};
  const parts = [...(own.allOf ?? []), ...(own.oneOf ?? []), ...(own.anyOf ?? [])];
  const wholes = parts.map((part) => wholeSchema(description, part));
  const all = [...wholes, own].flatMap(({ properties }) => (properties ? [properties] : []));
  return all.length === 0 ? own : { ...own, properties: Object.assign({}, ...all) };
}

/** References of a part of the description are to its whole. */
function absolute(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(absolute);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      name === "$ref" && typeof each === "string" && each.startsWith("#") ? `description${each}` : absolute(each),
    ]),
  );
}

type DeviationsOf = (schema: Schema, value: unknown, at: string) => string[];

async function judge(description: Description, request: HttpRequest, deviationsOf: DeviationsOf): Promise<Judgement> {
  const { pathname, searchParams } = new URL(request.url);
  for (const [template, operations] of literalFirst(description)) {
    const operation = operations[request.method.toLowerCase()];
    const inPath = operation && matchPath(template, pathname);
    if (!operation || !inPath) continue;
    const ofPath = (operations as { parameters?: readonly Parameter[] }).parameters ?? [];
    const parameters = [...ofPath, ...(operation.parameters ?? [])].map((parameter) =>
      resolved(description, parameter),
    );
    const query = Object.fromEntries(searchParams);
    return {
      operation: operation.operationId,
      deviations: [
        ...valuesAgainst(parameters, "path", inPath, deviationsOf),
        ...valuesAgainst(parameters, "query", query, deviationsOf),
        ...(await bodyAgainst(operation, request, deviationsOf)),
      ],
      scopes: Object.values(operation.security?.[0] ?? {}).flat(),
      anyOf: (operation.security ?? []).flatMap((scheme) => Object.values(scheme).flat()),
    };
  }
  return { operation: null, deviations: [`${request.method} ${pathname} is not described`], scopes: [], anyOf: [] };
}

/** Literal segments win: they stand before and behind `{id}`, in no order. */
function literalFirst({ paths }: Description): [string, Readonly<Record<string, Operation>>][] {
  const open = (template: string) => template.split("{").length;
  return Object.entries(paths).sort(([one], [other]) => open(one) - open(other));
}

/** The parameters in a path; null where it is another. */
function matchPath(template: string, pathname: string): Record<string, string> | null {
  const [wanted, given] = [template.split("/"), pathname.split("/")];
  if (wanted.length !== given.length) return null;
  const found: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    if (name) found[name] = given[index] ?? "";
    else if (segment !== given[index]) return null;
  }
  return found;
}

function resolved({ components }: Description, parameter: Parameter): Parameter {
  const name = parameter.$ref?.split("/").at(-1);
  return (name && components.parameters?.[name]) || parameter;
}

function valuesAgainst(
  parameters: readonly Parameter[],
  place: string,
  values: Readonly<Record<string, string>>,
  deviationsOf: DeviationsOf,
): string[] {
  const described = parameters.filter((parameter) => parameter.in === place);
  const missing = described.filter(({ name, required }) => required && !(name in values));
  const wrong = Object.entries(values).flatMap(([name, value]) => {
    const parameter = described.find((one) => one.name === name);
    if (!parameter) return [`${place} ${name} is not described`];
    return deviationsOf(parameter.schema, typed(parameter.schema, value), `${place} ${name}`);
  });
  return [...missing.map(({ name }) => `${place} ${name} is missing`), ...wrong];
}

/** A text as the type that it stands for. */
function typed({ type }: Schema, value: string): unknown {
  if (type === "array") return value.split(",");
  if (type === "boolean" && /^(true|false)$/.test(value)) return value === "true";
  if (type === "integer" && /^-?\d+$/.test(value)) return Number(value);
  return value;
}

async function bodyAgainst(
  { requestBody }: Operation,
  request: HttpRequest,
  deviationsOf: DeviationsOf,
): Promise<string[]> {
  if (request.body === undefined) return requestBody?.required ? ["the body is missing"] : [];
  const type = (request.headers?.["content-type"] ?? "").split(";")[0] ?? "";
  const bytes = await bytesOf(request.body);
  // A description that says nothing of a body does not forbid an empty one.
  if (!requestBody) return bytes.toString() === "{}" ? [] : ["a body is not described"];
  // Of what takes a file, Google describes the resource under the types of the file.
  const besideFile = type === "application/json" ? requestBody.content["application/octet-stream"] : undefined;
  const schema = (requestBody.content[type] ?? besideFile)?.schema;
  if (!schema) return [`a body of ${type || "no type"} is not described`];
  if (type === "application/json") return deviationsOf(schema, JSON.parse(bytes.toString()), "$");
  const headers = { "content-type": request.headers?.["content-type"] ?? "" };
  const form = await new Response(bytes, { headers }).formData();
  const { index } = { index: form.get("segment_index") };
  const value = Object.fromEntries(
    [...form].map(([name, part]) => [name, typeof part === "string" ? part : `${part.size} bytes`]),
  );
  return deviationsOf(schema, index === null ? value : { ...value, segment_index: Number(index) }, "$");
}

async function bytesOf(body: NonNullable<HttpRequest["body"]>): Promise<Buffer<ArrayBuffer>> {
  if (typeof body === "string" || body instanceof Uint8Array) return Buffer.from(body as string);
  const pieces: Uint8Array[] = [];
  for await (const piece of body.open()) pieces.push(piece);
  const whole = Buffer.concat(pieces);
  if (whole.length !== body.length) throw new Error(`${whole.length} bytes of ${body.length}`);
  return whole;
}
