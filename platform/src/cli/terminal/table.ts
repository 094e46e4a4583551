/** Rows in columns that line up, however wide their signs are. */
import { stripVTControlCharacters } from "node:util";

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  readonly align?: "right";
  /** Applied after the cell was padded. */
  readonly paint?: (text: string, row: Row) => string;
}

/** The lines of the table: titles first, then the rows. No line ends in spaces. */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  paintTitle: (text: string) => string = (text) => text,
): readonly string[] {
  const cells = rows.map((row) => columns.map(({ value }) => oneLine(value(row))));
  const widths = columns.map(({ title }, index) =>
    cells.reduce((most, line) => Math.max(most, displayWidth(line[index] ?? "")), displayWidth(title)),
  );
  const line = (texts: readonly string[], paint: (text: string, index: number) => string) =>
    texts
      .map((text, index) => {
        const room = " ".repeat(Math.max(0, (widths[index] ?? 0) - displayWidth(text)));
        const last = index === texts.length - 1;
        if (columns[index]?.align === "right") return room + paint(text, index);
        return last ? paint(text, index) : paint(text, index) + room;
      })
      .join("  ")
      .trimEnd();
  return [
    line(
      columns.map(({ title }) => title),
      paintTitle,
    ),
    ...cells.map((texts, at) =>
      line(texts, (text, index) => {
        const row = rows[at];
        return row === undefined ? text : (columns[index]?.paint?.(text, row) ?? text);
      }),
    ),
  ];
}

/** A broker's names and reasons may hold anything; a cell is one line, and no control sequence moves the cursor. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach the terminal
export const oneLine = (text: string): string => text.replace(/[\x00-\x1f\x7f-\x9f]+/g, " ").trim();

/** Columns that a terminal gives to the text: none for marks that combine, two for wide signs (UAX #11, roughly). */
export function displayWidth(text: string): number {
  let width = 0;
  for (const sign of stripVTControlCharacters(text)) {
    if (/\p{Mn}|\p{Me}|\p{Cf}/u.test(sign)) continue;
    const code = sign.codePointAt(0) ?? 0;
    const wide =
      code >= 0x1100 &&
      (code <= 0x115f ||
        (code >= 0x2e80 && code <= 0xa4cf) ||
        (code >= 0xac00 && code <= 0xd7a3) ||
        (code >= 0xf900 && code <= 0xfaff) ||
        (code >= 0xfe30 && code <= 0xfe6f) ||
        (code >= 0xff00 && code <= 0xff60) ||
        (code >= 0x1f300 && code <= 0x1faff));
    width += wide ? 2 : 1;
  }
  return width;
}

/** The text in at most so many columns, its end marked where something was left off. */
export function fit(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let out = "";
  for (const sign of text) {
    if (displayWidth(out + sign) >= columns) break;
    out += sign;
  }
  return `${out}…`;
}
