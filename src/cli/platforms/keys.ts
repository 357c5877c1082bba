/** A way in by a pasted key, and the servers of a platform that exists many times, for people and as data. */
import type { KeyMethod, Presentation, ServerRules } from "../../platforms/platform.ts";

export function keyLines({ id, name, example, asks = [], presentation, session, warning }: KeyMethod): string[] {
  const pasted = name === null ? "nothing to paste" : `by the ${name}, pasted${example ? ` (${example})` : ""}`;
  const travels = session ? "opens sessions, whose tokens are sent" : travelsAs(presentation);
  return [
    `connect       ${id}: ${pasted}; ${travels}`,
    ...asks.map(({ name: asked, say, example: like, optional }) => {
      const shown = [like, optional ? "may be left out" : undefined].filter((part) => part !== undefined).join("; ");
      return `asks          ${say}${shown ? ` (${shown})` : ""}: --set ${asked}=VALUE`;
    }),
    ...(warning ? [`warning       ${warning}`] : []),
  ];
}

export function keyDocument({ name, example, asks = [], presentation, session, warning }: KeyMethod) {
  return {
    name,
    example: example ?? null,
    asks: asks.map(({ name: asked, say, example: like, optional = false }) => ({
      name: asked,
      say,
      example: like ?? null,
      optional,
    })),
    presentation: presentation ?? null,
    opensSessions: session !== undefined,
    warning: warning ?? null,
  };
}

export function serverLines(rules: ServerRules | undefined): string[] {
  return rules ? [`server        ${rules.question} --instance ${rules.example}`] : [];
}

export function serverDocument({ question, example }: ServerRules) {
  return { question, example };
}

function travelsAs(presentation: Presentation | undefined): string {
  switch (presentation?.in) {
    case "header":
      return `sent in the header ${presentation.name}${presentation.prefix ? ` after "${presentation.prefix.trim()}"` : ""}`;
    case "basic":
      return "sent as user and password (HTTP Basic)";
    case "path":
      return "a part of the address that is asked";
    case "nothing":
      return "not sent itself";
    default:
      return "sent as a bearer token";
  }
}
