import { Portion } from "../engine/portion.js";
import { CSV_HEADER } from "./export-lines.js";

/** Of lines that are read at once, beside others. */
export const newPortion = (): Portion => new Portion({ most: 200, bytes: 2 * 1024 * 1024, first: 10 });

/** Lines after a position, of so many events at most. */
type Chunk = (
  after: number,
  events: number,
) => Promise<{ readonly bytes: Uint8Array; readonly events: number; readonly next: number | undefined }>;

/** Asks for piece after piece; a slow taker holds up nobody. */
export async function* exportChunks(format: "ndjson" | "csv", chunk: Chunk): AsyncGenerator<Uint8Array> {
  if (format === "csv") yield CSV_HEADER;
  const portion = newPortion();
  for (let after: number | undefined = 0; after !== undefined; ) {
    const { bytes, events, next } = await chunk(after, portion.size);
    portion.took(events, bytes.byteLength);
    if (bytes.byteLength > 0) yield bytes;
    after = next;
  }
}
