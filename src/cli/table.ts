/** A table for people: aligned, without lines, cut to the terminal's width. */
export interface Column {
  readonly title: string;
  /** May be cut to make the table fit; the others keep their width. */
  readonly flexible?: boolean;
}

export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
  paint: (cell: string, column: number, row: number) => string = (cell) => cell,
): string {
  const widths = columns.map((column, index) =>
    Math.max(column.title.length, ...rows.map((row) => displayWidth(row[index] ?? ""))),
  );
  shrink(columns, widths, width);
  const line = (cells: readonly string[], row: number) =>
    cells
      .map((cell, index) => {
        const cut = cutTo(cell, widths[index] ?? 0);
        const space = index === cells.length - 1 ? "" : " ".repeat((widths[index] ?? 0) - displayWidth(cut) + 2);
        return paint(cut, index, row) + space;
      })
      .join("")
      .trimEnd();
  return [
    line(
      columns.map(({ title }) => title),
      -1,
    ),
    ...rows.map((row, index) => line(row, index)),
  ].join("\n");
}

function shrink(columns: readonly Column[], widths: number[], width: number): void {
  const total = () => widths.reduce((sum, value) => sum + value + 2, -2);
  for (const [index, column] of columns.entries()) {
    if (!column.flexible || total() <= width) continue;
    widths[index] = Math.max(column.title.length, 8, (widths[index] ?? 0) - (total() - width));
  }
}

function cutTo(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let cut = "";
  for (const character of text) {
    if (displayWidth(cut + character) > width - 1) break;
    cut += character;
  }
  return `${cut}…`;
}

/** Columns a text takes: wide East Asian and emoji code points take two, combining marks none (Unicode annex 11, coarsely). */
export function displayWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += /\p{Mark}|\u200d|\ufe0f/u.test(character) ? 0 : wide.test(character) ? 2 : 1;
  return width;
}

const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
