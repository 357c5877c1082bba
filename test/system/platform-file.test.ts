import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { declaredPlatform } from "../../src/platforms/declared.ts";
import { readPlatformFile } from "../../src/system/platform-file.ts";
import { workspace } from "../e2e/command.ts";

const rules = {
  builtIn: ["x", "linkedin"],
  variablesTaken: (id: string) => (id === "linkedin" ? ["AGENCYIQ_LINKEDIN_ORGANIZATION_CLIENT_ID"] : []),
};

async function read(text: string) {
  const file = join(workspace().folder, "service.yaml");
  writeFileSync(file, text);
  return readPlatformFile(file, rules);
}

async function problemsOf(text: string): Promise<string[]> {
  const found = await read(text);
  if ("declared" in found) return [];
  return found.problems.map(({ line, path, problem }) => `${line} ${path}: ${problem}`);
}

const good = `id: club
name: Club
site: https://club.example
hosts: [api.club.example]
endpoints: { authorize: "https://api.club.example/auth", token: "https://api.club.example/token" }
check: { url: "https://api.club.example/me", id: /id }
`;

it("tells everything that is wrong at once: its line, its place, what was expected, and the key that was meant", async () => {
  expect(
    await problemsOf(`id: x
name: 5
site: http://club.example
hosts: [api.club.example, "https://club.example", "*.club.example/x"]
endpoint: { token: a }
endpoints:
  authorize: https://evil.example/auth
  token: ftp://api.club.example/token
  revoke: https://me:secret@api.club.example/revoke
  tokn: https://api.club.example/t
scopes: read
refresh: { lifetime: forever, reuse: sometimes }
authorizeParameters: { state: "1", limit: 5 }
tokenParameters: { client_secret: "1" }
check: { url: "https://api.club.example/me?t={token}", handle: login }
`),
  ).toEqual([
    "1 id: expected another id: x is built in, and cannot be replaced",
    "2 name: expected text",
    "3 site: expected https (http only on this machine)",
    "4 hosts.1: expected a host as URLs have it: api.example.com, 127.0.0.1:8080",
    "4 hosts.2: expected a host as URLs have it: api.example.com, 127.0.0.1:8080",
    "5 : endpoint is no key that is known; did you mean endpoints?",
    "7 endpoints.authorize: expected a host of the list hosts, and evil.example is not in it",
    "8 endpoints.token: expected https (http only on this machine)",
    "9 endpoints.revoke: expected a URL without user, password and fragment",
    "10 endpoints: tokn is no key that is known; did you mean token?",
    "11 scopes: expected a list of scopes",
    "12 refresh.reuse: expected rotating, non-rotating or unknown",
    "12 refresh.lifetime: expected a time: 90s, 15min, 2h, 60d",
    "13 authorizeParameters.state: expected another name: the protocol sets this",
    '13 authorizeParameters.limit: expected text (write "1", in quotes)',
    "14 tokenParameters.client_secret: expected another name: the protocol sets this",
    "15 check.url: expected a URL without spaces and braces",
    "15 check.handle: expected a JSON pointer: /id, /data/user/name",
    "15 check.id: expected a JSON pointer to the account's id in the answer: /id",
  ]);
});

it("takes no id whose app variables are another platform's", async () => {
  expect(await problemsOf(good)).toEqual([]);
  expect(await problemsOf(good.replace("id: club", "id: linkedin-organization"))).toEqual([
    "1 id: expected another id: AGENCYIQ_LINKEDIN_ORGANIZATION_CLIENT_ID is a variable of another platform",
  ]);
  for (const id of ["CLUB", "../club", "a_b", "club--x", "club."])
    expect(await problemsOf(good.replace("id: club", `id: "${id}"`)), id).toHaveLength(1);
});

it("wants either endpoints or an issuer, and somebody to ask whose token it is", async () => {
  const lines = good.split("\n");
  expect(await problemsOf(lines.filter((line) => !line.startsWith("check")).join("\n"))).toEqual([
    "1 check: expected check.url or endpoints.userinfo: who is asked whose token it is",
  ]);
  expect(await problemsOf(lines.filter((line) => !line.startsWith("endpoints")).join("\n"))).toEqual([
    "1 : expected endpoints, or issuer where they are discovered",
  ]);
  expect(await problemsOf(`${good}issuer: https://api.club.example\n`)).toEqual([
    "7 issuer: expected either endpoints or issuer, not both",
  ]);
  expect(await problemsOf("id: [1\n")).toHaveLength(1);
  expect(await problemsOf("just words\n")).toEqual(["1 : expected keys (id: …, name: …)"]);
  const bomb = [
    "a: &a [1,1,1,1]",
    ...["b", "c", "d"].map((key, index) => `${key}: &${key} [${"*abcd".slice(0, 1)}${"abcd"[index]}]`),
  ];
  const many = `${bomb.join("\n")}\ne: [${Array.from({ length: 40 }, () => "*d").join(", ")}]\n`;
  expect(await problemsOf(many)).toEqual(["1 : expected fewer aliases"]);
});

it("cleans what is shown of control characters and of what turns the writing direction", async () => {
  const found = await read(good.replace("name: Club", 'name: "Cl\\e[2Jub\\u202e\\n evil"'));
  expect(found).toMatchObject({ declared: { name: "Cl [2Jub evil" } });
});

it.each(readdirSync(new URL("../../examples/platforms", import.meta.url)))("%s is a platform", async (name) => {
  const found = await readPlatformFile(
    fileURLToPath(new URL(`../../examples/platforms/${name}`, import.meta.url)),
    rules,
  );
  if (!("declared" in found)) throw new Error(JSON.stringify(found.problems));
  const platform = declaredPlatform(found.declared);
  expect(platform).toMatchObject({ id: name.replace(".yaml", ""), hosts: found.declared.hosts });
  expect(platform.setup.length).toBeGreaterThan(0);
});

it("the guide's own example is a platform, and the guide names every key", async () => {
  const guide = await import("node:fs").then(({ readFileSync }) =>
    readFileSync(new URL("../../docs/platforms/your-own.md", import.meta.url), "utf8"),
  );
  const [, example = ""] = /```yaml\n(.*?)```/s.exec(guide) ?? [];
  expect(await problemsOf(example)).toEqual([]);
  const { rootKeysOfPlatformFile } = await import("../../src/system/platform-schema.ts");
  for (const key of rootKeysOfPlatformFile) expect(guide, key).toContain(`\`${key}\``);
});
