import { Portion } from "../engine/portion.js";
import { CSV_HEADER } from "./export-lines.js";

/** Lines of so many events, and the position that they reach; undefined where they are the last ones. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly events: number;
  readonly next: number | undefined;
}

/** Gives the lines after a position, of so many events at most. */
export type Chunk = (after: number, events: number) => Promise<Piece>;

/** Asks for piece after piece, each of as many events as have some megabytes; a slow taker holds up nobody. */
export async function* piecesOf(chunk: Chunk): AsyncGenerator<Piece> {
  const portion = new Portion({ most: 200, bytes: 2 * 1024 * 1024, first: 10 });
  for (let after: number | undefined = 0; after !== undefined; ) {
    const piece = await chunk(after, portion.size);
    portion.took(piece.events, piece.bytes.byteLength);
    yield piece;
    after = piece.next;
  }
}

export async function* exportChunks(format: "ndjson" | "csv", chunk: Chunk): AsyncGenerator<Uint8Array> {
  if (format === "csv") yield CSV_HEADER;
  for await (const { bytes } of piecesOf(chunk)) if (bytes.byteLength > 0) yield bytes;
}
