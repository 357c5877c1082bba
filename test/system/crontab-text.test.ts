import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blockIn, crontabBlock, jobIn, withBlock, withoutHeader } from "../../src/system/crontab-text.ts";
import { temporaryFolder } from "./child-program.ts";
import { awkward, scheduledJob } from "./scheduled-job.ts";

const { home } = scheduledJob();
const block = crontabBlock(scheduledJob());
const other = crontabBlock(scheduledJob({ home: `${home}2` }));

/** Crontabs of others: lines of any bytes, some that look like ours. */
const foreign = fc
  .array(
    fc.oneof(
      fc.string({ unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)) }),
      fc.constantFrom("# BEGIN agencyiq /elsewhere", "MAILTO=ada", "*/5 * * * * true", "", "# END agencyiq", " "),
    ),
  )
  .map((lines) => lines.map((line) => `${line.replaceAll("\n", "")}\n`).join(""))
  .filter((text) => !text.includes(`agencyiq ${home}`));

describe("the block in a crontab", () => {
  it("is put in, replaced and taken out, and every other byte stays", () => {
    fc.assert(
      fc.property(foreign, foreign, (before, after) => {
        const first = withBlock(before, home, block);
        expect(first).toBe(before + block);
        const inTheMiddle = first + after;
        const changed = crontabBlock(scheduledJob({ every: 60 }));
        const replaced = withBlock(inTheMiddle, home, changed);
        expect(replaced).toBe(before + changed + after);
        expect(blockIn(replaced, home)).toBe(changed);
        expect(withBlock(replaced, home, null)).toBe(before + after);
        expect(blockIn(before + after, home)).toBe(null);
      }),
    );
  });

  it("is one a vault: another vault's is left alone", () => {
    const both = withBlock(withBlock("", home, block), `${home}2`, other);
    expect(both).toBe(block + other);
    expect(withBlock(both, home, null)).toBe(other);
    expect(withBlock(both, `${home}2`, null)).toBe(block);
  });

  it("begins on a line of its own", () => {
    expect(withBlock("0 1 * * * true", home, block)).toBe(`0 1 * * * true\n${block}`);
  });

  it.each([
    ["its end is gone", block.replace(/# END.*\n/, "")],
    ["its beginning is gone", block.replace(/# BEGIN.*\n/, "")],
    ["it is there twice", block + block],
    ["it is upside down", block.split("\n").reverse().join("\n")],
  ])("is not touched when %s", (_name, text) => {
    for (const work of [
      () => withBlock(text, home, block),
      () => withBlock(text, home, null),
      () => blockIn(text, home),
    ])
      expect(work).toThrow(expect.objectContaining({ code: "scheduler_refused" }));
  });
});

describe("the line", () => {
  it.each([
    [1, /^\* \* \* \* \* \/usr\/bin\/env /],
    [15, /^\d{1,2}-59\/15 \* \* \* \* \/usr\/bin\/env /],
    [60, /^\d{1,2} \* \* \* \* \/usr\/bin\/env /],
    [240, /^\d{1,2} \*\/4 \* \* \* \/usr\/bin\/env /],
    [1440, /^\d{1,2} 0 \* \* \* \/usr\/bin\/env /],
  ])("every %i minutes", (every, pattern) => {
    const line = crontabBlock(scheduledJob({ every })).split("\n")[2];
    expect(line).toMatch(pattern);
  });

  it("is read back as what it was made from", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1 }), fc.string({ unit: "grapheme" }), (path, value) => {
        fc.pre(!/[\n\r\0]/.test(path + value) && !/\\%/.test(path + value) && (path + value).length < 200);
        const job = scheduledJob({ words: ["/node", path], environment: { AGENCYIQ_HOME: value, OTHER: "1" } });
        expect(jobIn(crontabBlock(job))).toEqual({ words: job.words, environment: job.environment });
      }),
    );
  });

  /** What cron does with a command before it gives it to the shell (crontab(5), "sixth field"). */
  const asCronGives = (line: string) => line.split(" ").slice(5).join(" ").replaceAll("\\%", "%");

  it.for(["sh", "bash", "dash", "fish"])("means the same to %s, whatever is in the paths", (shell, context) => {
    const folder = join(temporaryFolder(), awkward.replaceAll("/", "_"));
    mkdirSync(folder);
    const job = scheduledJob({
      words: ["/usr/bin/printenv", "AGENCYIQ_HOME", "AGENCYIQ_KEY_FILE"],
      environment: { AGENCYIQ_HOME: folder, AGENCYIQ_KEY_FILE: `${folder}/key` },
    });
    const line = crontabBlock(job).split("\n")[2] ?? "";
    const ended = spawnSync(shell, ["-c", asCronGives(line)], { encoding: "utf8" });
    if (ended.error) context.skip(`there is no ${shell} here`);
    expect(ended.stdout).toBe(`${folder}\n${folder}/key\n`);
  });

  it.each([
    ["a line break", { AGENCYIQ_HOME: "/a\nb" }],
    ["a backslash before a percent sign", { AGENCYIQ_HOME: "/a\\%b" }],
    ["more than cron takes", { AGENCYIQ_HOME: `/${"a".repeat(1000)}` }],
  ])("with %s is refused, with what would do", (_name, environment) => {
    expect(() => crontabBlock(scheduledJob({ environment }))).toThrow(
      expect.objectContaining({ code: "usage", hint: expect.stringContaining("--with systemd") }),
    );
  });

  it("starts no daemon", () => {
    expect(() => crontabBlock(scheduledJob({ every: null }))).toThrow(expect.objectContaining({ code: "usage" }));
  });

  it.each(["", "# only comments\n", "15 * * * * /bin/true\n", "@daily 'open quote\n"])(
    "that somebody made their own is not taken for ours: %j",
    (text) => {
      expect(jobIn(text)).toBe(null);
    },
  );
});

it("crontab's own header is told from the text", () => {
  const header =
    "# DO NOT EDIT THIS FILE - edit the master and reinstall.\n# (- installed on Sat Nov 21 07:41:54 2026)\n# (Cron version -- $Id: crontab.c,v 2.13 1994/01/17 03:20:37 vixie Exp $)\n";
  expect(withoutHeader(`${header}1 1 * * * a\n`)).toBe("1 1 * * * a\n");
  expect(withoutHeader("# DO NOT EDIT THIS FILE - mine\n")).toBe("# DO NOT EDIT THIS FILE - mine\n");
});
