import { CSV_HEADER } from "./export-lines.js";

/** Asks for piece after piece; a slow taker holds up nobody. */
export async function* exportChunks(
  format: "ndjson" | "csv",
  chunk: (after: number) => Promise<{ readonly bytes: Uint8Array; readonly next: number | undefined }>,
): AsyncGenerator<Uint8Array> {
  if (format === "csv") yield CSV_HEADER;
  for (let after: number | undefined = 0; after !== undefined; ) {
    const { bytes, next } = await chunk(after);
    if (bytes.byteLength > 0) yield bytes;
    after = next;
  }
}
