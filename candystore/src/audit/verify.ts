/** Walks the chain from its beginning, whichever engine gives the rows, and stops at the first break. */
import { Buffer } from "node:buffer";
import type { EventRow } from "../record/stored-event.js";
import { digestOf, FIRST_LINK, linkOf } from "./chain.js";
import type { AuditReport, Checkpoint } from "./contract.js";

/** A position of the chain as it is stored: the event, or the digest that it left. */
export type ChainRow =
  | { readonly position: number; readonly link: Uint8Array; readonly event: EventRow }
  | { readonly position: number; readonly link: Uint8Array; readonly digest: Uint8Array };

export interface Chain {
  readonly head: { readonly position: number; readonly link: Uint8Array };
  /** In order of position, from the first to the last, those beyond the head too. */
  readonly rows: AsyncIterable<ChainRow>;
  /** From the database and from outside of it. */
  readonly checkpoints: readonly Checkpoint[];
}

type Broken = NonNullable<AuditReport["broken"]>;

export async function verifyChain(
  { head, rows, checkpoints }: Chain,
  onProgress: (position: number) => void = () => undefined,
): Promise<AuditReport> {
  const expected = new Map<number, string[]>();
  for (const { position, hash } of checkpoints)
    expected.set(position, [...(expected.get(position) ?? []), hash]);
  let link: Uint8Array = FIRST_LINK;
  let position = 0;
  let verified = 0;
  let removed = 0;
  let proven = 0;
  let broken: Broken | undefined;
  for await (const row of rows) {
    broken = misplaced(row, position, head.position);
    if (broken !== undefined) break;
    const digest = "event" in row ? digestOf(row.position, row.event) : row.digest;
    const next = linkOf(link, digest);
    if (!same(next, row.link)) {
      broken = altered(row);
      break;
    }
    link = next;
    position = row.position;
    for (const hash of expected.get(position) ?? []) {
      if (hash !== hex(link)) broken = againstCheckpoint(position);
      else proven++;
    }
    if (broken !== undefined) break;
    if ("event" in row) verified++;
    else removed++;
    if (position % 1_000 === 0) onProgress(position);
  }
  broken ??= atTheEnd(position, link, head, checkpoints);
  return {
    intact: broken === undefined,
    verified,
    removed,
    checkpoints: proven,
    head: { position, hash: hex(link), at: new Date().toISOString() },
    ...(broken && { broken }),
  };
}

function misplaced(row: ChainRow, position: number, head: number): Broken | undefined {
  const id = "event" in row ? { event_id: row.event.id } : {};
  if (row.position > head)
    return {
      position: row.position,
      ...id,
      kind: "inserted",
      message: `The event at position ${row.position} was not recorded: the record ends at ${head}.`,
    };
  if (row.position === position)
    return {
      position,
      ...id,
      kind: "inserted",
      message: `Position ${position} was removed by retention, and an event stands there again.`,
    };
  if (row.position !== position + 1)
    return {
      position: position + 1,
      kind: "removed",
      message: `The event at position ${position + 1} is gone, and retention did not remove it.`,
    };
  return undefined;
}

function altered(row: ChainRow): Broken {
  const { position } = row;
  return "event" in row
    ? {
        position,
        event_id: row.event.id,
        kind: "altered",
        message: `The event at position ${position} is not what was recorded.`,
      }
    : {
        position,
        kind: "altered",
        message: `The digest left at position ${position} is not what was recorded.`,
      };
}

const againstCheckpoint = (position: number): Broken => ({
  position,
  kind: "checkpoint",
  message: `The chain up to position ${position} agrees with itself but not with the checkpoint: it was rewritten.`,
});

function atTheEnd(
  position: number,
  link: Uint8Array,
  head: Chain["head"],
  checkpoints: readonly Checkpoint[],
): Broken | undefined {
  const furthest = Math.max(0, ...checkpoints.map((checkpoint) => checkpoint.position));
  if (position < head.position || position < furthest)
    return {
      position: position + 1,
      kind: "removed",
      message: `The record ends at ${position}; it went to ${Math.max(head.position, furthest)} before.`,
    };
  if (!same(link, head.link)) return againstCheckpoint(position);
  return undefined;
}

const hex = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
const same = (a: Uint8Array, b: Uint8Array): boolean =>
  a.byteLength === b.byteLength && Buffer.compare(a, b) === 0;
