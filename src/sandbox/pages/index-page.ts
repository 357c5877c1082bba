import { html } from "hono/html";
import { environmentLines } from "../environment-lines.ts";
import { keyCommand } from "../given-keys.ts";
import type { Person, SandboxClient } from "../options.ts";
import type { Twin } from "../twin.ts";
import { layout, type Page } from "./layout.ts";

export interface Overview {
  readonly url: string;
  readonly twins: readonly Twin[];
  readonly clients: readonly SandboxClient[];
  readonly people: readonly Person[];
}

export function indexPage(overview: Overview): Page {
  const body = html`<h1>agencyiq sandbox</h1>
<p>Social platforms on this machine, to rehearse against without real accounts. They refuse what the real ones refuse. Everything is kept in memory and gone when the sandbox ends.</p>
<h2>Point agencyiq at it</h2>
<p>In a shell: <code>eval "$(curl -s ${overview.url}/environment)"</code>, which is</p>
<pre><code>${environmentLines(overview.url, overview.twins)}</code></pre>
<p>Then <code>agencyiq connect ${overview.twins[0]?.id ?? "x"}</code>, and <code>agencyiq publish --platform ${overview.twins[0]?.id ?? "x"} "Hello"</code>.</p>
<p><a href="/timeline">Timeline</a> · <a href="/timeline.json">timeline.json</a> · <a href="/_sandbox/requests">requests seen</a> · <a href="/_sandbox/faults">faults ordered</a></p>
<h2>People who can sign in</h2>
<ul>${overview.people.map((person) => html`<li>${person.name} <span class="soft">@${person.handle}</span></li>`)}</ul>
<h2>Platforms</h2>
${overview.twins.map((twin) => platform(twin, overview))}
<h2>Order a fault</h2>
<pre><code>curl ${overview.url}/_sandbox/faults -H 'content-type: application/json' \\
  -d '{"platform":"x","method":"POST","path":"/2/tweets","times":1,"fault":{"kind":"status","status":429}}'</code></pre>
<p class="soft">Other kinds: error, drop-after, drop-before, hang, delay, html, garbage, date-skew, revoke, no-refresh-token. Also: POST /_sandbox/clock {"advance": seconds}, POST /_sandbox/revoke, POST /_sandbox/apps, POST /_sandbox/reset.</p>`;
  return layout({ title: "agencyiq sandbox", body });
}

function platform(twin: Twin, { clients, url }: Overview): Page {
  const own = clients.filter((client) => client.platform === twin.id);
  return html`<div class="card"><b>${twin.name}</b> <span class="soft">${Object.keys(twin.hosts).join(", ")}</span>
${own.map(
  (client) => html`<dl>
<dt>client id</dt><dd><code>${client.clientId}</code></dd>
<dt>secret</dt><dd>${client.clientSecret === null ? "none (public client)" : html`<code>${client.clientSecret}</code>`}</dd>
${
  client.consumer
    ? html`<dt>OAuth 1.0a</dt><dd><code>${client.consumer.key}</code> <code>${client.consumer.secret}</code></dd>
`
    : ""
}<dt>redirect</dt><dd>${client.redirectUris.map((uri) => html`<code>${uri}</code> `)}</dd>
</dl>`,
)}${(twin.keys ?? []).map(
  (key) => html`<dl>
<dt>${key.method} of @${key.person}</dt><dd><code>${key.key}</code></dd>
<dt>connect</dt><dd><code>${keyCommand(url, twin.id, key)}</code></dd>
</dl>`,
)}</div>`;
}
