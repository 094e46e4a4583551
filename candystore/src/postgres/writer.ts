/**
 * The one that writes to PostgreSQL. A batch is one transaction under the lock that all writers share; what is known
 * already is asked for first, and the rest goes in by COPY. A lost connection is made anew for the next batch.
 */
import type pg from "pg";
import { type Left, leftAfter, linkAfter } from "../audit/chain.js";
import { CHECKPOINT_EVERY } from "../audit/checkpoint-file.js";
import type { Checkpoint } from "../audit/contract.js";
import type { StoreLocation } from "../contract.js";
import type { Appended, Log, RetentionResult, Writer } from "../engine/contract.js";
import type { Retention } from "../keep/contract.js";
import { blockFromRow, blockOf, countsText, OpenBlock } from "../layout/blocks.js";
import { type ClassRow, classFromRow } from "../layout/class-rows.js";
import { Classes, type EventClass, eventClassOf } from "../layout/classes.js";
import { CAUSE, CONVERSATION } from "../layout/links.js";
import type { Draft } from "../record/draft.js";
import { eventKey } from "../record/event-key.js";
import type { ReplayRecord } from "../replay/contract.js";
import { connect, keyBytes, postgresError, schemaOf } from "./connection.js";
import { copyInto, type Field } from "./copy.js";
import { retainPostgres } from "./retention.js";
import { lockArgs, migrate, PARTITION } from "./schema.js";

/** One that a backup brought stays. */
const SAVE_CHECKPOINT = "INSERT INTO checkpoints VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";

interface Head {
  position: number;
  link: Uint8Array;
}

interface Work {
  readonly head: Head;
  readonly events: Field[][];
  readonly ids: Field[][];
  readonly links: Field[][];
  readonly blocks: OpenBlock[];
  readonly counts: Map<EventClass, number>;
  readonly copies: { id: Uint8Array; copies: number }[];
  readonly checkpoints: { position: number; link: Uint8Array }[];
}

export class PostgresWriter implements Writer {
  readonly #location: StoreLocation;
  readonly #log: Log;
  #client: pg.Client | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #classes = new Classes();
  /** Partitions that are known to exist, by number. */
  #partitions = new Set<number>();

  constructor(location: StoreLocation, log: Log) {
    this.#location = location;
    this.#log = log;
  }

  async open(): Promise<void> {
    const client = await this.#connected();
    try {
      await migrate(client, schemaOf(this.#location));
    } catch (error) {
      throw postgresError(error);
    }
  }

  append(drafts: readonly Draft[]): Promise<Appended> {
    return this.transaction(async (client) => {
      const head = await this.#head(client);
      const known = await this.#known(client, drafts);
      const work: Work = {
        head,
        events: [],
        ids: [],
        links: [],
        blocks: await this.#openBlock(client, head.position),
        counts: new Map(),
        copies: [],
        checkpoints: [],
      };
      const copies: Draft[] = [];
      let invalid = 0;
      for (const draft of drafts) {
        if (known.has(draft.id)) {
          copies.push(draft);
          continue;
        }
        known.set(draft.id, head.position + 1);
        await this.#place(client, draft, work);
        if (!draft.valid) invalid++;
      }
      if (work.events.length > 0) await this.#write(client, work);
      const conflicting = await this.#countCopies(client, copies, known);
      return {
        stored: work.events.length,
        duplicates: copies.length,
        invalid,
        conflicting,
        position: head.position,
      };
    });
  }

  saveReplay(record: ReplayRecord): Promise<void> {
    return this.#inTurn(async () => {
      const client = await this.#connected();
      try {
        await client.query(
          "INSERT INTO replays VALUES ($1, $2) ON CONFLICT (replay_id) DO UPDATE SET record = $2",
          [record.replay_id, JSON.stringify(record)],
        );
      } catch (error) {
        throw postgresError(error);
      }
    });
  }

  retain(archive: string, retention: Retention): Promise<RetentionResult> {
    return retainPostgres(this, archive, retention);
  }

  leave(left: readonly Left[]): Promise<void> {
    return this.transaction(async (client) => {
      const head = await this.#head(client);
      const rows = leftAfter(head, left);
      const { position, link } = rows.at(-1) ?? head;
      await client.query("INSERT INTO removed SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bytea[])", [
        rows.map((row) => row.position),
        rows.map((row) => row.digest),
        rows.map((row) => row.link),
      ]);
      await client.query("UPDATE head SET position = $1, link = $2", [position, link]);
    });
  }

  keepCheckpoints(checkpoints: readonly Checkpoint[]): Promise<void> {
    return this.transaction(async (client) => {
      for (const { position, hash, at } of checkpoints)
        await client.query(SAVE_CHECKPOINT, [position, Buffer.from(hash, "hex"), Date.parse(at)]);
    });
  }

  /** Runs `work` with the lock of all writers held; what it throws undoes everything. */
  transaction<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    return this.#inTurn(() => this.#transact(work));
  }

  /** One thing at a time on the one connection: what came in between would be part of another's transaction. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #transact<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = await this.#connected();
    try {
      await client.query("BEGIN");
      await client.query(`SELECT pg_advisory_xact_lock(${lockArgs("append")})`);
      const result = await work(client);
      await client.query("COMMIT");
      return result;
    } catch (error) {
      // Perhaps made in what is undone now.
      this.#classes = new Classes();
      this.#partitions.clear();
      await client.query("ROLLBACK").catch(() => this.#drop(client));
      throw postgresError(error);
    }
  }

  /** A connection of its own, for reading beside what is appended. Whoever asked ends it. */
  newClient(role: string): Promise<pg.Client> {
    return connect(this.#location, role);
  }

  async close(): Promise<void> {
    await this.#turn;
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }

  async #connected(): Promise<pg.Client> {
    if (this.#client !== undefined) return this.#client;
    const client = await connect(this.#location, "writer");
    client.on("error", (error) => {
      this.#log("warn", `connection to PostgreSQL lost: ${error.message}`);
      this.#drop(client);
    });
    client.on("end", () => this.#drop(client));
    this.#client = client;
    return client;
  }

  #drop(client: pg.Client): void {
    if (this.#client === client) this.#client = undefined;
    client.end().catch(() => undefined);
  }

  async #head(client: pg.Client): Promise<Head> {
    const { rows } = await client.query<{ position: string; link: Buffer }>(
      "SELECT position, link FROM head",
    );
    return { position: Number(rows[0]!.position), link: rows[0]!.link };
  }

  async #known(client: pg.Client, drafts: readonly Draft[]): Promise<Map<string, number>> {
    const keys = drafts.map(({ id }) => keyBytes(eventKey(id)));
    const { rows } = await client.query<{ n: string; position: string }>({
      name: "known",
      text: `SELECT wanted.n, ids.position FROM unnest($1::bytea[]) WITH ORDINALITY AS wanted (id, n)
             JOIN ids ON ids.id = wanted.id`,
      values: [keys],
    });
    return new Map(rows.map(({ n, position }) => [drafts[Number(n) - 1]!.id, Number(position)]));
  }

  async #openBlock(client: pg.Client, position: number): Promise<OpenBlock[]> {
    const { rows } = await client.query<{ block: string; earliest: string; latest: string; counts: string }>(
      "SELECT * FROM blocks WHERE block = $1",
      [blockOf(position + 1)],
    );
    const [row] = rows;
    if (row === undefined) return [];
    const { block, earliest, latest, counts } = row;
    return [
      new OpenBlock(
        blockFromRow({ block: Number(block), earliest: Number(earliest), latest: Number(latest), counts }),
      ),
    ];
  }

  async #place(client: pg.Client, draft: Draft, work: Work): Promise<void> {
    const { head } = work;
    const eventClass = await this.#classOf(client, draft);
    const position = head.position + 1;
    const link = linkAfter(head.link, position, draft, eventClass);
    const id = keyBytes(eventKey(draft.id));
    work.events.push([
      { int8: position },
      { bytes: id },
      { int4: eventClass.class },
      { int8: draft.receivedAt },
      { bytes: Buffer.from(draft.facts) },
      { bytes: link },
      { bytes: draft.body },
    ]);
    work.ids.push([{ bytes: id }, { int8: position }]);
    if (draft.copies !== undefined) work.copies.push({ id, copies: draft.copies });
    for (const cause of draft.causes)
      work.links.push([{ bytes: keyBytes(eventKey(cause)) }, { int2: CAUSE }, { int8: position }]);
    if (draft.conversation !== undefined)
      work.links.push([
        { bytes: keyBytes(eventKey(draft.conversation)) },
        { int2: CONVERSATION },
        { int8: position },
      ]);
    let block = work.blocks.at(-1);
    if (block?.block !== blockOf(position)) {
      block = new OpenBlock(blockOf(position));
      work.blocks.push(block);
    }
    block.add(eventClass.class, draft.receivedAt);
    work.counts.set(eventClass, (work.counts.get(eventClass) ?? 0) + 1);
    if (position % CHECKPOINT_EVERY === 0) work.checkpoints.push({ position, link });
    head.position = position;
    head.link = link;
  }

  async #classOf(client: pg.Client, draft: Draft): Promise<EventClass> {
    const remembered = this.#classes.of(draft);
    if (remembered !== undefined) return remembered;
    // Another writer may have made it.
    const { rows } = await client.query<ClassRow>("SELECT * FROM classes WHERE class >= $1 ORDER BY class", [
      this.#classes.nextNumber,
    ]);
    for (const row of rows) this.#classes.add(classFromRow(row));
    const found = this.#classes.of(draft);
    if (found !== undefined) return found;
    const { type, version, app, exchange, routingKey, valid } = draft;
    const made = eventClassOf(this.#classes.nextNumber, draft);
    await client.query("INSERT INTO classes VALUES ($1, $2, $3, $4, $5, $6, $7, 0)", [
      made.class,
      type,
      version,
      app,
      exchange,
      routingKey,
      valid ? 1 : 0,
    ]);
    this.#classes.add(made);
    return made;
  }

  /** @returns the ids of copies whose bytes differ from those that are stored */
  async #countCopies(
    client: pg.Client,
    copies: readonly Draft[],
    known: ReadonlyMap<string, number>,
  ): Promise<string[]> {
    if (copies.length === 0) return [];
    const counted = copies.filter(({ replayed }) => !replayed);
    if (counted.length > 0)
      await client.query(
        `UPDATE ids SET copies = copies + counted.n
         FROM (SELECT id, count(*) AS n FROM unnest($1::bytea[]) AS copies (id) GROUP BY id) AS counted
         WHERE ids.id = counted.id`,
        [counted.map(({ id }) => keyBytes(eventKey(id)))],
      );
    const { rows } = await client.query<{ position: string; body: Buffer }>(
      "SELECT position, body FROM events WHERE position = ANY ($1::bigint[])",
      [copies.map(({ id }) => known.get(id)!)],
    );
    const bodies = new Map(rows.map(({ position, body }) => [Number(position), body]));
    return copies
      .filter(({ id, body }) => Buffer.compare(bodies.get(known.get(id)!) ?? body, body) !== 0)
      .map(({ id }) => id);
  }

  async #write(client: pg.Client, work: Work): Promise<void> {
    const { head, events, ids, links, blocks, counts, copies, checkpoints } = work;
    const first = head.position - events.length + 1;
    for (let n = Math.floor(first / PARTITION); n <= Math.floor(head.position / PARTITION); n++)
      await this.#partition(client, n);
    await copyInto(client, "events", events);
    await copyInto(client, "ids (id, position)", ids);
    if (copies.length > 0)
      await client.query(
        `UPDATE ids SET copies = brought.n FROM unnest($1::bytea[], $2::int[]) AS brought (id, n)
         WHERE ids.id = brought.id`,
        [copies.map(({ id }) => id), copies.map((one) => one.copies)],
      );
    await copyInto(client, "links", links);
    for (const { block, earliest, latest, counts: inBlock } of blocks)
      await client.query(
        `INSERT INTO blocks VALUES ($1, $2, $3, $4)
         ON CONFLICT (block) DO UPDATE SET earliest = $2, latest = $3, counts = $4`,
        [block, earliest, latest, countsText(inBlock)],
      );
    await client.query(
      `UPDATE classes SET events = events + added.n
       FROM unnest($1::int[], $2::bigint[]) AS added (class, n) WHERE classes.class = added.class`,
      [[...counts.keys()].map((counted) => counted.class), [...counts.values()]],
    );
    for (const { position, link } of checkpoints)
      await client.query(SAVE_CHECKPOINT, [position, link, Date.now()]);
    await client.query("UPDATE head SET position = $1, link = $2", [head.position, head.link]);
    await client.query("SELECT pg_notify($1, $2)", [channelOf(this.#location), String(head.position)]);
  }

  async #partition(client: pg.Client, n: number): Promise<void> {
    if (this.#partitions.has(n)) return;
    await client.query(
      `CREATE TABLE IF NOT EXISTS events_${n} PARTITION OF events
       FOR VALUES FROM (${n * PARTITION}) TO (${(n + 1) * PARTITION})`,
    );
    this.#partitions.add(n);
  }
}

export const channelOf = (location: StoreLocation): string => `candystore_${schemaOf(location)}`.slice(0, 63);
