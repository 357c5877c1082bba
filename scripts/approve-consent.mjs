// Plays the person at the sandbox's consent page: a BROWSER for the demo and for rehearsals without one.
const authorize = new URL(process.argv[2]);
const page = await (await fetch(authorize)).text();
const request = /name="request" value="([^"]+)"/.exec(page)?.[1];
if (!request) throw new Error("the consent page has no form");
const form = new URLSearchParams({
  request,
  person: process.env.SANDBOX_PERSON ?? "acme",
  decision: process.env.SANDBOX_DECISION ?? "approve",
});
authorize.search = "";
const answer = await fetch(authorize, { method: "POST", body: form, redirect: "manual" });
await fetch(answer.headers.get("location"));
