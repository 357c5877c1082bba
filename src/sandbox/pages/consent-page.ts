import { html } from "hono/html";
import type { Person } from "../options.ts";
import { layout, type Page } from "./layout.ts";

export interface Consent {
  readonly platformName: string;
  readonly app: string;
  /** What the app may do then, and what the platform calls it. */
  readonly abilities: readonly { readonly text: string; readonly code?: string }[];
  readonly requestId: string;
  readonly people: readonly Person[];
  /** What comes after it. */
  readonly afterwards: string;
}

/** The form goes to where the page is, without its query: so it works below any prefix, and where paths end with a slash. */
export function consentPage({ platformName, app, abilities, requestId, people, afterwards }: Consent): Page {
  const body = html`
<h1>Let <code>${app}</code> use your ${platformName} account?</h1>
<p>The app will be able to:</p>
<ul>${abilities.map(({ text, code }) => html`<li>${text}${code === undefined ? "" : html` <span class="soft"><code>${code}</code></span>`}</li>`)}</ul>
<form method="post" action="?" autocomplete="off">
<input type="hidden" name="request" value="${requestId}">
<fieldset>
<legend>Sign in as</legend>
${people.map((person, index) => choice(person, index === 0))}
</fieldset>
<div class="actions">
<button name="decision" value="deny">Deny</button>
<button class="main" name="decision" value="approve">Approve</button>
</div>
</form>
<p class="soft">${afterwards}</p>`;
  return layout({ title: `Allow access to ${platformName} (sandbox)`, body, narrow: true });
}

function choice(person: Person, chosen: boolean): Page {
  return html`<label class="choice"><input type="radio" name="person" value="${person.handle}"${chosen ? html` checked` : ""}> <span><b>${person.name}</b> <span class="soft">@${person.handle}</span></span></label>`;
}
