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
  const wanted = columns.map(({ title }) => title.length);
  // Measured once: a vault may have a thousand rows.
  const sizes = rows.map((row) => row.map(displayWidth));
  for (const row of sizes) {
    for (const [index, size] of row.entries()) if (size > (wanted[index] ?? 0)) wanted[index] = size;
  }
  const widths = shrunk(columns, wanted, width);
  const last = columns.length - 1;
  const line = (cells: readonly string[], row: number) => {
    let text = "";
    for (const [index, cell] of cells.entries()) {
      const room = widths[index] ?? 0;
      const size = row === -1 ? cell.length : (sizes[row]?.[index] ?? 0);
      const cut = size > room ? cutTo(cell, room) : cell;
      text += paint(cut, index, row);
      if (index < last) text += " ".repeat(room - (cut === cell ? size : displayWidth(cut)) + 2);
    }
    return text.trimEnd();
  };
  return [
    line(
      columns.map(({ title }) => title),
      -1,
    ),
    ...rows.map(line),
  ].join("\n");
}

function shrunk(columns: readonly Column[], wanted: readonly number[], width: number): number[] {
  const widths = [...wanted];
  const total = () => widths.reduce((sum, value) => sum + value + 2, -2);
  for (const [index, column] of columns.entries()) {
    if (!column.flexible || total() <= width) continue;
    widths[index] = Math.max(column.title.length, (widths[index] ?? 0) - (total() - width));
  }
  return widths;
}

function cutTo(text: string, width: number): string {
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
