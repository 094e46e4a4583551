/** What a reader keeps in memory: all classes and all blocks, read again only as far as they changed. */
import { BlockList } from "../layout/block-list.js";
import {
  type Block,
  type BlockRow,
  blockFromRow,
  blockOf,
  type Range,
  rangesReceived,
} from "../layout/blocks.js";
import { type ClassRow, classFromRow } from "../layout/class-rows.js";
import { Classes, type EventClass } from "../layout/classes.js";
import type { Database, Statement } from "./database.js";
import { MembersOf, type Wanted } from "./members.js";
import type { PositionStream } from "./streams.js";

export class Knowledge {
  readonly #head: Statement;
  readonly #classRows: Statement;
  readonly #blockRows: Statement;
  readonly #members: MembersOf;
  #generation = -1;
  #position = 0;
  #classes = new Classes();
  #blocks = new BlockList();

  constructor(database: Database) {
    this.#members = new MembersOf(database);
    this.#head = database.prepare("SELECT position, generation FROM head");
    this.#head.setReturnArrays(true);
    this.#classRows = database.prepare("SELECT * FROM classes WHERE class >= ?");
    this.#blockRows = database.prepare("SELECT * FROM blocks WHERE block >= ? ORDER BY block");
  }

  /** To be called at the beginning of a read transaction. */
  refresh(): void {
    const [position, generation] = this.#head.get() as unknown as [number, number];
    if (generation !== this.#generation) {
      this.#generation = generation;
      this.#position = 0;
      this.#blocks = new BlockList();
      this.#classes = new Classes();
    } else if (position === this.#position) return;
    for (const row of this.#classRows.all(this.#classes.nextNumber) as ClassRow[])
      this.#classes.add(classFromRow(row));
    // The block of the last position known was perhaps not full.
    const from = blockOf(this.#position);
    this.#blocks.dropFrom(from);
    this.#members.forgetFrom(from);
    this.#blocks.add((this.#blockRows.all(from) as BlockRow[]).map(blockFromRow));
    this.#position = position;
  }

  /** Whether this is the head that is known: then there is nothing to refresh. */
  isAt(position: number, generation: number): boolean {
    return position === this.#position && generation === this.#generation;
  }

  get position(): number {
    return this.#position;
  }

  get classes(): Classes {
    return this.#classes;
  }

  /** In rising order. */
  get blocks(): readonly Block[] {
    return this.#blocks.all;
  }

  /** The positions that can have been received in `[since, until)`. */
  rangesReceived(since: number, until: number): readonly Range[] {
    return rangesReceived(this.#blocks.between(since, until), since, until);
  }

  classesWhere(test: (eventClass: EventClass) => boolean): readonly EventClass[] {
    return [...this.#classes].filter(test);
  }

  streamOf(wanted: Wanted): PositionStream {
    return (range, order, count) => this.#members.positions(this.#blocks, wanted, range, order, count);
  }

  /** Events of these classes. */
  countOf(classes: ReadonlySet<number>): number {
    return this.#blocks.countOf(classes);
  }
}
