/** Every platform of the registry, as the sandbox plays it: `<id>/twin.ts`. */
import { platformIds } from "../platforms/index.ts";
import type { MakeTwin, Twin } from "./twin.ts";
import type { World } from "./world.ts";

/** Those that claim their part of another one's hosts come first, so that they are asked first. */
export async function makeTwins(world: World): Promise<Twin[]> {
  const makers = await Promise.all(platformIds.map(makerOf));
  const twins = makers.map((makeTwin) => makeTwin(world));
  return [...twins.filter(({ claims }) => claims), ...twins.filter(({ claims }) => !claims)];
}

async function makerOf(id: string): Promise<MakeTwin> {
  const { makeTwin } = (await import(`./${id}/twin.ts`)) as { readonly makeTwin: MakeTwin };
  return makeTwin;
}
