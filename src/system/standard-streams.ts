/** stdout and stderr by their file descriptors: making Node's streams of them costs a tenth of a bare start. */
import { writeSync } from "node:fs";
import { isatty } from "node:tty";

export interface StandardStream {
  readonly isTTY: boolean;
  readonly columns: number | undefined;
  write(text: string): void;
}

/** 128 + SIGPIPE, as a shell reports a reader that left (`agencyiq log | head -1`). */
const readerLeft = 141;

export function standardStream(descriptor: 1 | 2): StandardStream {
  const isTTY = isatty(descriptor);
  return {
    isTTY,
    get columns() {
      return isTTY ? (descriptor === 1 ? process.stdout : process.stderr).columns : undefined;
    },
    write: (text) => writeFully(descriptor, Buffer.from(text)),
  };
}

function writeFully(descriptor: number, content: Buffer): void {
  for (let written = 0; written < content.length; ) {
    try {
      written += writeSync(descriptor, content, written);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EPIPE") process.exit(readerLeft);
      if (code !== "EAGAIN") throw error;
      // The pipe is full and somebody made it non-blocking: give its reader a moment.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}
