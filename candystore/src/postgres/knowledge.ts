/** What the reader keeps in memory: classes and blocks, read again only as far as they changed. */
import type pg from "pg";
import { BlockList } from "../layout/block-list.js";
import { type Block, blockFromRow, blockOf } from "../layout/blocks.js";
import { type ClassRow, classFromRow } from "../layout/class-rows.js";
import { Classes } from "../layout/classes.js";

export class PostgresKnowledge {
  #generation = "";
  #position = 0;
  #indexed = 0;
  #classes = new Classes();
  #blocks = new BlockList();

  /** To be called before a question is answered: nothing beyond the position it finds is looked at. */
  async refresh(pool: pg.Pool): Promise<void> {
    const { rows } = await pool.query<{ position: string; generation: string; indexed: string }>(
      "SELECT position, generation, indexed FROM head",
    );
    const head = rows[0]!;
    this.#indexed = Number(head.indexed);
    const known = head.generation === this.#generation ? this.#position : 0;
    if (known === Number(head.position) && known > 0) return;
    const from = blockOf(known);
    const [classes, blocks] = await Promise.all([
      pool.query<ClassRow>("SELECT * FROM classes ORDER BY class"),
      pool.query<{ block: string; earliest: string; latest: string; counts: string }>(
        "SELECT * FROM blocks WHERE block >= $1 ORDER BY block",
        [from],
      ),
    ]);
    // Another question asked later and was answered sooner: what it found is not to be forgotten.
    if (Number(head.generation) < Number(this.#generation) || Number(head.position) < this.#position) return;
    this.#classes = new Classes();
    for (const row of classes.rows) this.#classes.add(classFromRow(row));
    if (known === 0) this.#blocks = new BlockList();
    this.#blocks.dropFrom(from);
    this.#blocks.add(
      blocks.rows.map(({ block, earliest, latest, counts }) =>
        blockFromRow({ block: Number(block), earliest: Number(earliest), latest: Number(latest), counts }),
      ),
    );
    this.#generation = head.generation;
    this.#position = Number(head.position);
  }

  get position(): number {
    return this.#position;
  }

  /** All events up to here have their words in the index. */
  get indexed(): number {
    return this.#indexed;
  }

  get classes(): Classes {
    return this.#classes;
  }

  get blocks(): readonly Block[] {
    return this.#blocks.all;
  }

  countOf(classes: ReadonlySet<number>): number {
    return this.#blocks.countOf(classes);
  }
}
