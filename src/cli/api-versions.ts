/** Whether the versions of platforms' APIs that are spoken here are soon none any more. */
import type { Services } from "../app/services.ts";
import { apiVersionVariable } from "../domain/app.ts";
import { days } from "../domain/time.ts";
import type { Platform } from "../platforms/platform.ts";
import type { Context } from "./context.ts";
import { type Check, fine, wrong } from "./doctor-checks.ts";

/** Ahead of the day on which a platform ends what is spoken with it (milliseconds). */
const versionEndsSoon = days(60);

/** Of the platforms whose accounts are connected. */
export async function apiVersions(context: Context): Promise<readonly Check[]> {
  if (!(await context.administration.custody()).exists()) return [];
  const { services } = context;
  const ids = new Set((await (await services.vault()).accounts()).map(({ platform }) => platform));
  const loaded = await Promise.all([...ids].map((id) => services.loadPlatform(id)));
  return loaded.flatMap((platform) => (platform ? versionCheck(platform, services) : []));
}

function versionCheck({ id, name, version }: Platform, { apiVersion, clock: { now } }: Services): Check[] {
  if (!version) return [];
  const variable = apiVersionVariable(id);
  const named = apiVersion?.(id) ?? null;
  if (named !== null && named !== version.name) {
    return [fine("api-version", `${name} is spoken to in version ${named} (${variable})`)];
  }
  const { endsOn, documentation } = version;
  const ends = endsOn === null ? null : Date.parse(`${endsOn}T00:00:00Z`);
  if (ends === null || ends - now() > versionEndsSoon) {
    const until = endsOn === null ? "no end is announced" : `until ${endsOn}`;
    return [fine("api-version", `${name} is spoken to in version ${version.name}, ${until}`)];
  }
  const when = ends <= now() ? `ended on ${endsOn}` : `ends on ${endsOn}`;
  const fix = `update agencyiq; until then, ${variable}=… names a newer one (${documentation})`;
  return [wrong("api-version", `version ${version.name} of ${name}'s API ${when}`, fix)];
}
