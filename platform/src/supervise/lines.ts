import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

/** Characters of a line that are kept in one piece. */
const LONGEST = 64 * 1024;

/**
 * Calls back for each line, without its end, and for the last one that has none. A line that does not end, of a program
 * that writes bytes or never a line break, comes in pieces: it must not gather here until there is no memory left.
 */
export function onLines(source: Readable, take: (line: string) => void): void {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  source.on("data", (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) inPieces(line.replace(/\r$/, ""), take);
    if (rest.length >= LONGEST) {
      inPieces(rest, take);
      rest = "";
    }
  });
  source.on("end", () => {
    if (rest !== "") inPieces(rest, take);
  });
}

function inPieces(line: string, take: (line: string) => void): void {
  for (let at = 0; at === 0 || at < line.length; at += LONGEST) take(line.slice(at, at + LONGEST));
}
