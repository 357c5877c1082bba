import type { MakeTwin, Twin } from "./twin.ts";
import type { World } from "./world.ts";
import { makeXTwin } from "./x/twin.ts";
import { makeYouTubeTwin } from "./youtube/twin.ts";

/** One line a platform. */
const twinMakers: readonly MakeTwin[] = [makeXTwin, makeYouTubeTwin];

export function makeTwins(world: World): Twin[] {
  return twinMakers.map((make) => make(world));
}
