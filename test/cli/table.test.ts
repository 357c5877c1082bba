import { expect, it } from "vitest";
import { displayWidth, renderTable } from "../../src/cli/table.ts";

const columns = [{ title: "ACCOUNT" }, { title: "NOTE", flexible: true }];

it("aligns columns and leaves no space at line ends", () => {
  expect(
    renderTable(
      columns,
      [
        ["x/acme", "fine"],
        ["x/globex-inc", ""],
      ],
      80,
    ),
  ).toBe("ACCOUNT       NOTE\nx/acme        fine\nx/globex-inc");
});

it("cuts only what may be cut, to the terminal's width", () => {
  const lines = renderTable(columns, [["x/acme", "a".repeat(200)]], 40).split("\n");
  expect(lines.map((line) => line.length)).toEqual([13, 40]);
  expect(lines[1]).toMatch(/^x\/acme {3}a+…$/);
});

it("counts columns as a terminal does", () => {
  expect([displayWidth("abc"), displayWidth("東京"), displayWidth("é"), displayWidth("e\u0301")]).toEqual([3, 4, 1, 1]);
});
