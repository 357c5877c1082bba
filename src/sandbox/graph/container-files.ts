/** Pictures and videos that a container is to be made of, as Instagram and Threads fetch them. */
import { seconds } from "../../domain/time.ts";
import type { Container, ContainerFile } from "../containers.ts";
import { aspectOf, type FetchedFile, fetchFile } from "../fetched-file.ts";
import type { World } from "../world.ts";
import { graphError, invalidParameter } from "./errors.ts";

/** https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/error-codes */
const refusedMedia = (code: number, subcode: number, message: string): Response =>
  graphError({ code, subcode, message, transient: false, user: message });

export interface PictureRules {
  readonly types: readonly string[];
  readonly bytes: number;
  /** Width divided by height. */
  readonly aspect: { readonly min: number; readonly max: number };
  readonly unreachable: (url: string) => Response;
}

/** Pictures are fetched before it is answered. */
export async function fetchPicture(url: string | null, rules: PictureRules): Promise<ContainerFile | Response> {
  if (!url) return invalidParameter("The parameter image_url is required");
  const outcome = await fetchFile(url, rules.bytes);
  if (outcome.kind === "unreachable") return rules.unreachable(url);
  if (outcome.kind === "too_large") return refusedMedia(36000, 2207004, "The image size is too large.");
  const { file } = outcome;
  if (file.type === null) return rules.unreachable(url);
  if (!rules.types.includes(file.type)) return refusedMedia(36001, 2207005, "The image format is not supported.");
  const aspect = file.content && aspectOf(file.content);
  if (!aspect || aspect < rules.aspect.min || aspect > rules.aspect.max) {
    return refusedMedia(36003, 2207009, "The submitted image has an aspect ratio that is not supported.");
  }
  return arrived(file, file.type);
}

export interface VideoRules {
  readonly bytes: number;
  /** Seconds. */
  readonly processing: number;
  readonly problems: { readonly unreachable: string; readonly unusable: string };
}

/** Videos are fetched after it was answered: the container tells what became of it. */
export async function fetchVideo(world: World, container: Container, url: string, rules: VideoRules): Promise<void> {
  const { problems, bytes, processing } = rules;
  const outcome = await fetchFile(url, bytes);
  if (outcome.kind === "unreachable") container.problem = problems.unreachable;
  else if (outcome.kind === "too_large" || !outcome.file.type?.startsWith("video/"))
    container.problem = problems.unusable;
  else container.file = arrived(outcome.file, outcome.file.type);
  container.readyAt = world.clock.now() + seconds(container.problem === null ? processing : 1);
}

function arrived({ bytes, sha256, content }: FetchedFile, type: string): ContainerFile {
  return { kind: type.startsWith("image/") ? "picture" : "video", type, bytes, sha256, content };
}
