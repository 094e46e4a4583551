import { readFileSync } from "node:fs";

/** A fenced block of a Markdown file. */
export interface Snippet {
  readonly file: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
  readonly language: string;
  readonly code: string;
  /** What a preceding `<!-- snippet: … -->` says: `skip <reason>`, or nothing. */
  readonly note: string;
}

/** Every fenced block, in order. A fence without a language is a picture and not a snippet. */
export function snippetsOf(file: string): Snippet[] {
  const lines = readFileSync(file, "utf8").split("\n");
  const found: Snippet[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const fence = /^```([a-z]*)\s*$/.exec(lines[index]!);
    if (!fence) continue;
    const end = lines.indexOf("```", index + 1);
    if (end < 0) throw new Error(`${file}:${index + 1}: this block is never closed`);
    const note = /^<!-- snippet: (.*) -->$/.exec(lines[index - 1] ?? "")?.[1] ?? "";
    if (fence[1]) {
      found.push({
        file,
        line: index + 1,
        language: fence[1],
        code: lines.slice(index + 1, end).join("\n"),
        note,
      });
    }
    index = end;
  }
  return found;
}
