/**
 * Plays the person at the PDS's sign-in and consent page, by the requests that its page makes: a BROWSER. PDS_HANDLE and
 * PDS_PASSWORD say who signs in; the address of the page it ended on is asked as a browser would.
 */
import { request } from "node:http";
import { text } from "node:stream/consumers";

const page = new URL(process.argv[2]);
const cookies = new Map();

/** Node's fetch names a mode of its own, which the server looks at. */
function ask(url, { mode = "navigate", site = "same-origin", json, token } = {}) {
  const headers = {
    cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; "),
    "sec-fetch-mode": mode,
    "sec-fetch-site": site,
    "sec-fetch-dest": mode === "navigate" ? "document" : "empty",
    ...(site === "none" ? {} : { referer: page.href }),
    ...(json === undefined
      ? {}
      : { "content-type": "application/json", origin: page.origin, "x-csrf-token": cookies.get("csrf-token") }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  return new Promise((resolve, reject) => {
    const asked = request(url, { method: json === undefined ? "GET" : "POST", headers }, async (answer) => {
      for (const cookie of answer.headers["set-cookie"] ?? []) {
        const [name, value] = cookie.split(";")[0].split("=");
        cookies.set(name, value);
      }
      resolve({ status: answer.statusCode, location: answer.headers.location, body: await text(answer) });
    });
    asked.once("error", reject).end(json === undefined ? undefined : JSON.stringify(json));
  });
}

async function api(name, json, token) {
  const url = new URL(`/@atproto/oauth-provider/~api/${name}`, page);
  const { status, body } = await ask(url, { mode: "same-origin", json, token });
  if (status !== 200) throw new Error(`${name}: ${status} ${body}`);
  return JSON.parse(body);
}

const shown = await ask(page, { site: "none" });
if (shown.status !== 200) throw new Error(`${shown.status} ${shown.body.slice(0, 500)}`);
const username = process.env.PDS_HANDLE;
const { account, ephemeralToken } = await api("sign-in", {
  locale: "en",
  username,
  password: process.env.PDS_PASSWORD,
});
const { url } = await api("consent", { sub: account.sub }, ephemeralToken);
const { location } = await ask(new URL(url));
await fetch(location);
