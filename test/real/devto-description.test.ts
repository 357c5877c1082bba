/** What is sent to DEV, judged by Forem's own description of its API. */
import { expect, test } from "vitest";
import type { HttpRequest } from "../../src/domain/ports/http.ts";
import { devto } from "../../src/platforms/devto.ts";
import { connectedByKey, publish } from "../platforms/connected-by-key.ts";
import { message } from "../platforms/connected-x.ts";
import { describedApi } from "./described-api.ts";

const api = describedApi("devto.json");
const described = test.skipIf(api === null);
const named = "(skipped without AGENCYIQ_API_DESCRIPTIONS)";

async function everythingSent(): Promise<HttpRequest[]> {
  const acme = await connectedByKey(devto, { token: "sandbox-devto-acme" });
  const options = {
    series: "Rye",
    description: "Time",
    "main-image": "https://acme.example/rye.jpg",
    "organization-id": 5,
    published: true,
  };
  const link = "https://acme.example/rye";
  const given = message({ title: "Rye", text: "Three days.", tags: ["bread"], link, options });
  const { published } = await publish(acme, given);
  await acme.api.wait(1);
  await acme.publishing.delete?.(acme.api, published.remoteId);
  await devto.identify(acme.api);
  return acme.sent;
}

/** The description's paths begin behind its server's. */
const asDescribed = (request: HttpRequest): HttpRequest => ({
  ...request,
  url: request.url.replace("https://dev.to/api", "https://dev.to"),
});

described(`every request is as Forem describes it, but for the list of tags ${named}`, async () => {
  if (!api) throw new Error("skipped");
  const sent = (await everythingSent()).map(asDescribed);
  const judgements = await Promise.all(sent.map((request) => api.judge(request, { strictNames: true })));
  // The description has a text there; Forem's controller permits `tags: []` alone.
  const known = (deviation: string) => deviation.startsWith("$/article/tags must be string");
  for (const { operation, deviations } of judgements) {
    expect(
      deviations.filter((deviation) => !known(deviation)),
      String(operation),
    ).toEqual([]);
  }
  const operations = new Set(judgements.map(({ operation }) => operation));
  expect(operations).toEqual(new Set(["getUserAllArticles", "createArticle", "updateArticle", "getUserMe"]));
});

test.skipIf(api === null)(
  `a title that is a number, a name that is none and a path that is none are found ${named}`,
  async () => {
    const article = { method: "POST", url: "https://dev.to/articles" } as const;
    const headers = { "content-type": "application/json" };
    const wrong = { ...article, headers, body: JSON.stringify({ article: { title: 5, colour: "red" } }) };
    const judged = await api?.judge(wrong, { strictNames: true });
    expect(judged?.deviations).toEqual(["$/article/title must be string", "article.colour is not described"]);
    expect((await api?.judge({ ...article, url: "https://dev.to/films" }))?.operation).toBeNull();
  },
);
