import { html } from "hono/html";
import type { AuthorizationRequest } from "../oauth/grants.ts";
import type { OAuthRules } from "../oauth/rules.ts";
import type { Person } from "../options.ts";
import { layout, type Page } from "./layout.ts";

export interface Consent {
  readonly rules: OAuthRules;
  readonly request: AuthorizationRequest;
  readonly requestId: string;
  readonly people: readonly Person[];
}

/** The form's `action` is the last segment of its own path, so that it works below any prefix. */
export function consentPage({ rules, request, requestId, people }: Consent): Page {
  const body = html`
<h1>Let <code>${request.clientId}</code> use your ${rules.name} account?</h1>
<p>The app will be able to:</p>
<ul>${request.scopes.map((scope) => html`<li>${rules.scopes[scope] ?? scope} <span class="soft"><code>${scope}</code></span></li>`)}</ul>
<form method="post" action="authorize" autocomplete="off">
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
<p class="soft">Then you go back to ${request.redirectUri}</p>`;
  return layout({ title: `Allow access to ${rules.name} (sandbox)`, body, narrow: true });
}

function choice(person: Person, chosen: boolean): Page {
  return html`<label class="choice"><input type="radio" name="person" value="${person.handle}"${chosen ? html` checked` : ""}> <span><b>${person.name}</b> <span class="soft">@${person.handle}</span></span></label>`;
}
