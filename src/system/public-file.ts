import { writeFile } from "node:fs/promises";
import { Failure } from "../domain/failure.ts";

/** Returns the path. @throws Failure `file_unreadable` */
export async function writePublicFile(path: string, text: string): Promise<string> {
  try {
    await writeFile(path, text);
    return path;
  } catch (error) {
    const why = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new Failure("file_unreadable", `${path} cannot be written (${why})`, {
      hint: "name a file in a folder that is yours",
      cause: error,
    });
  }
}
