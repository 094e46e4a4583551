/** Which ids may be known, of those that came in no order, from the prints that the store keeps of each block. */
import { BLOCK, blockOf } from "../layout/blocks.js";
import { PrintFilter, printOf } from "../layout/prints.js";
import type { Database, Statement } from "./database.js";

interface PrintsRow {
  readonly prints: Uint8Array;
}

export class KnownIds {
  readonly #read: Statement;
  readonly #readFrom: Statement;
  readonly #count: Statement;
  readonly #save: Statement;
  #filter = new PrintFilter(0);
  /** Positions up to here are in the filter. */
  #position = 0;
  /** The block that is being filled, while it has any. */
  #open: { readonly block: number; readonly prints: Uint32Array; changed: boolean } | undefined;

  constructor(database: Database) {
    this.#read = database.prepare("SELECT prints FROM prints WHERE block = ?");
    this.#readFrom = database.prepare("SELECT prints FROM prints WHERE block >= ?");
    this.#count = database.prepare("SELECT count(*) AS blocks FROM prints");
    this.#save = database.prepare("INSERT OR REPLACE INTO prints VALUES (?, ?)");
  }

  /** Reads what others added, up to the last position. What was added here and undone stays, and does no harm. */
  recall(position: number): void {
    this.#open = undefined;
    if (this.#position === 0) this.#make();
    else this.#addFrom(blockOf(Math.min(this.#position, position)));
    this.committed(position);
  }

  mayHave(key: Uint8Array): boolean {
    return this.#filter.mayHave(printOf(key));
  }

  add(key: Uint8Array, position: number): void {
    const block = blockOf(position);
    if (this.#open?.block !== block) {
      this.save();
      this.#open = { block, prints: this.#printsOf(block), changed: false };
    }
    const print = printOf(key);
    this.#open.prints[position % BLOCK] = print;
    this.#open.changed = true;
    this.#filter.add(print);
  }

  /** In the transaction that stores the events. */
  save(): void {
    if (this.#open === undefined || !this.#open.changed) return;
    const { block, prints } = this.#open;
    this.#save.run(block, new Uint8Array(prints.buffer));
    this.#open.changed = false;
  }

  /** After the commit: all up to here is in the filter. */
  committed(position: number): void {
    this.#position = position;
    if (this.#filter.full) this.#make();
  }

  /** With room for all at once: each id is added one time. */
  #make(): void {
    const { blocks } = this.#count.get() as { blocks: number };
    this.#filter = new PrintFilter(blocks * BLOCK);
    this.#addFrom(0);
  }

  #addFrom(block: number): void {
    for (const row of this.#readFrom.iterate(block) as Iterable<PrintsRow>)
      for (const print of printsOf(row)) if (print !== 0) this.#filter.add(print);
  }

  #printsOf(block: number): Uint32Array {
    const row = this.#read.get(block) as PrintsRow | undefined;
    return row === undefined ? new Uint32Array(BLOCK) : printsOf(row);
  }
}

/** A copy: what a database gives need not lie where numbers may. */
const printsOf = ({ prints }: PrintsRow): Uint32Array => new Uint32Array(Uint8Array.from(prints).buffer);
