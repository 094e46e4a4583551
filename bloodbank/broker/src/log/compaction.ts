import type { Files } from "../disk/files.js";
import { AckFile, MARKS } from "./ack-file.js";
import type { MessageLog } from "./message-log.js";
import { draftOf, recordLength, seal, sequenceOf, writeRecord } from "./record.js";
import { makeRef, offsetOf, segmentOf } from "./ref.js";
import { acksPath, Segment, segmentHeader, segmentPath } from "./segment.js";

/**
 * A few messages that nobody settles must not keep gigabytes. What is left of segments that are mostly dead is
 * written into one new segment, whose header names those that it replaces; renaming it into place is the moment at
 * which it counts. All of it happens in one piece, bounded so that it takes milliseconds, and nothing is settled meanwhile.
 */
export function compact(
  log: MessageLog,
  files: Files,
  folder: string,
  holders: Iterable<Holder>,
  most: Pass = A_PASS,
): number {
  const candidates = sparse(log, most.messages);
  if (candidates.size === 0) return 0;
  const held = collect(candidates, holders);
  // A message may be on its way out (dead-lettered, its copy not yet on disk): its segment waits.
  for (const id of candidates) {
    const known = [...held].reduce((sum, [ref, ids]) => sum + (segmentOf(ref) === id ? ids.length : 0), 0);
    if (known !== log.segments.get(id)?.live) candidates.delete(id);
  }
  for (const ref of held.keys()) if (!candidates.has(segmentOf(ref))) held.delete(ref);
  if (candidates.size === 0) return 0;
  const copies = copy(log, held, candidates, most.bytes);

  const { segment, moved } = rewrite(log, files, folder, [...candidates], copies, holders);
  log.adopt(segment);
  for (const holder of holders) holder.eachIn(candidates, (ref) => moved.get(ref) ?? ref);
  for (const id of candidates) {
    const old = log.segments.get(id);
    if (old) log.discard(old);
  }
  return candidates.size;
}

/** How much is written at a time. */
interface Pass {
  readonly messages: number;
  readonly bytes: number;
}

/** A queue, as compaction sees it. */
export interface Holder {
  readonly id: number;
  /** Calls back for each of its messages in these segments; the reference that it returns takes the place of that one. */
  eachIn(segments: ReadonlySet<number>, visit: (ref: number) => number): void;
  /** What recovery is to be told again of those of its messages, where the queue counts deliveries. */
  marks(of: ReadonlyMap<number, unknown>): Iterable<MessageMarks>;
}

export interface MessageMarks {
  readonly ref: number;
  readonly deliveries: number;
  readonly rejected: boolean;
}

/** Sealed segments of which little is left, as many as fit one pass. */
function sparse(log: MessageLog, most: number): Set<number> {
  const found = new Set<number>();
  let messages = 0;
  for (const segment of log.segments.values()) {
    if (!segment.sealed || segment.live === 0 || segment.live > segment.total * SPARSE) continue;
    // One by itself may have more: no other pass would take it, and it must not stand in the way of the rest.
    if (messages + segment.live > (found.size === 0 ? ALONE * most : most)) continue;
    messages += segment.live;
    found.add(segment.id);
  }
  return found;
}

function collect(candidates: ReadonlySet<number>, holders: Iterable<Holder>): Map<number, number[]> {
  const held = new Map<number, number[]>();
  for (const holder of holders) {
    holder.eachIn(candidates, (ref) => {
      const ids = held.get(ref);
      if (ids) ids.push(holder.id);
      else held.set(ref, [holder.id]);
      return ref;
    });
  }
  return held;
}

interface Copy {
  readonly ref: number;
  readonly ids: readonly number[];
  readonly record: Buffer;
}

/**
 * The records to write, of as many segments as are not too much together; what is left for another pass is no candidate any
 * more. Without it a few large messages of many segments would make one that is longer than a reference can say.
 */
function copy(
  log: MessageLog,
  held: ReadonlyMap<number, readonly number[]>,
  candidates: Set<number>,
  mostBytes: number,
): readonly Copy[] {
  const copies: Copy[] = [];
  const bySegment = new Map<number, [number, readonly number[]][]>();
  for (const entry of [...held].sort(([a], [b]) => a - b)) {
    const id = segmentOf(entry[0]);
    const entries = bySegment.get(id);
    if (entries) entries.push(entry);
    else bySegment.set(id, [entry]);
  }
  let bytes = 0;
  for (const [id, entries] of bySegment) {
    if (bytes > mostBytes) {
      candidates.delete(id);
      continue;
    }
    const before = copies.length;
    for (const [ref, ids] of entries) {
      const message = log.message(ref);
      const draft = draftOf(message);
      const record = Buffer.allocUnsafe(recordLength(draft, ids.length));
      writeRecord(record, 0, draft, ids, sequenceOf(message), message.arrived);
      seal(record, 0, record.length);
      copies.push({ ref, ids, record });
      bytes += record.length;
    }
    if (before === 0 || bytes <= mostBytes) continue;
    copies.length = before;
    candidates.delete(id);
  }
  return copies;
}

function rewrite(
  log: MessageLog,
  files: Files,
  folder: string,
  replaced: readonly number[],
  copies: readonly Copy[],
  holders: Iterable<Holder>,
): { readonly segment: Segment; readonly moved: ReadonlyMap<number, number> } {
  const id = log.allocateId();
  const target = segmentPath(folder, id);
  const unfinished = `${target}.compacting`;
  const acks = new AckFile(files, acksPath(folder, id));
  const file = files.open(unfinished);
  const moved = new Map<number, number>();
  let position = 0;
  const write = (bytes: Buffer): void => {
    for (let at = 0; at < bytes.length; ) at += file.writeNow(bytes, at, bytes.length - at, position + at);
    position += bytes.length;
  };
  let total = 0;
  try {
    write(segmentHeader(replaced));
    for (const { ref, ids, record } of copies) {
      moved.set(ref, makeRef(id, position));
      write(record);
      total += ids.length;
    }
    for (const holder of holders) addMarks(acks, holder, moved);
    const acksEnd = acks.writeNow();
    file.syncNow();
    files.rename(unfinished, target);
    files.syncFolder(folder);
    const segment = new Segment(files, folder, id, position, acksEnd);
    segment.sealed = segment.compacted = true;
    segment.live = segment.total = total;
    return { segment, moved };
  } catch (error) {
    // Also where it has its name already: the next start would take it for what is left of segments that go on here.
    for (const path of [unfinished, target, acks.path]) files.remove(path);
    throw error;
  } finally {
    file.close();
    acks.close();
  }
}

function addMarks(acks: AckFile, holder: Holder, moved: ReadonlyMap<number, number>): void {
  for (const { ref, deliveries, rejected } of holder.marks(moved)) {
    const offset = offsetOf(moved.get(ref)!);
    for (let i = 0; i < deliveries; i++) acks.mark(holder.id, offset, MARKS.AGAIN);
    if (rejected) acks.mark(holder.id, offset, MARKS.REJECTED);
  }
}

/** Below this share of its messages a segment is worth writing again. */
const SPARSE = 0.25;
const A_PASS: Pass = { messages: 10_000, bytes: 16 * 2 ** 20 };
/** Passes' worth of messages that one segment may have when it is the only one. */
const ALONE = 4;
