import { initial } from "./0001-initial.ts";
import { schedule } from "./0002-schedule.ts";
import { posts } from "./0003-posts.ts";
import { appKinds } from "./0004-app-kinds.ts";
import { logins } from "./0005-logins.ts";
import { sealedSteps } from "./0006-sealed-steps.ts";
import { dataAccess } from "./0007-data-access.ts";
import { facts } from "./0008-facts.ts";
import { checked } from "./0009-checked.ts";
import { declaredPlatforms } from "./0010-declared-platforms.ts";

/** In order, forward only; a migration's number is its place in this list, counted from 1. Never edit one that was released. */
export const migrations: readonly string[] = [
  initial,
  schedule,
  posts,
  appKinds,
  logins,
  sealedSteps,
  dataAccess,
  facts,
  checked,
  declaredPlatforms,
];
