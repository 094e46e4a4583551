/** Imports line after line, some hundred a transaction. */
import type { ImportReport } from "./contract.js";
import { linesOf } from "./import-lines.js";

export type ImportedLines = Omit<ImportReport, "lines">;

const LINES = 500;
const MOST_BYTES = 4 * 1024 * 1024;
const MOST_REJECTED = 100;

export async function importAll(
  pieces: AsyncIterable<Uint8Array>,
  store: (lines: readonly Uint8Array[], firstLine: number) => Promise<ImportedLines>,
): Promise<ImportReport> {
  let lines = 0;
  let stored = 0;
  let duplicates = 0;
  let passed_over = 0;
  const rejected: { line: number; reason: string }[] = [];
  let batch: Uint8Array[] = [];
  let bytes = 0;
  const flush = async () => {
    if (batch.length === 0) return;
    const result = await store(batch, lines - batch.length + 1);
    stored += result.stored;
    duplicates += result.duplicates;
    passed_over += result.passed_over;
    rejected.push(...result.rejected.slice(0, MOST_REJECTED - rejected.length));
    batch = [];
    bytes = 0;
  };
  for await (const line of linesOf(pieces)) {
    lines++;
    batch.push(line);
    bytes += line.byteLength;
    if (batch.length >= LINES || bytes >= MOST_BYTES) await flush();
  }
  await flush();
  return { lines, stored, duplicates, passed_over, rejected };
}
