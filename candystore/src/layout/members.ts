/**
 * Class and time of receipt of each position of a block, in a row of its own: some 10 bytes an event that are appended
 * with it, where an index in the database is a tree whose pages all change with each batch.
 *
 * Which blocks can have a class or a time at all, their summaries say; which positions of them, this.
 */
import { BLOCK } from "./blocks.js";

export interface Members {
  /** 0 is no event: not yet, or removed. 2 bytes each, 4 where there are more than 65,535 classes. */
  readonly classes: Uint16Array | Uint32Array;
  /** Milliseconds since the epoch. */
  readonly received: Float64Array;
}

export interface MembersRow {
  readonly classes: Uint8Array;
  readonly received: Uint8Array;
}

const LARGEST_SHORT = 0xffff;

/** Of a block without events. */
export const noMembers = (): Members => ({
  classes: new Uint16Array(BLOCK),
  received: new Float64Array(BLOCK),
});

/** Sets what a position has; gives back what was set, which is another object once a class needs more room. */
export function setMember(
  members: Members,
  position: number,
  eventClass: number,
  receivedAt: number,
): Members {
  const { classes, received } = members;
  const short = eventClass <= LARGEST_SHORT || classes instanceof Uint32Array;
  const room = short ? members : { classes: Uint32Array.from(classes), received };
  room.classes[position % BLOCK] = eventClass;
  room.received[position % BLOCK] = receivedAt;
  return room;
}

/** Little endian, as every machine that this runs on has them in memory. The bytes are not copied. */
export const membersRow = ({ classes, received }: Members): MembersRow => ({
  classes: bytesOf(classes),
  received: bytesOf(received),
});

/** A copy: what a database gives need not lie where numbers may. */
export function membersFrom({ classes, received }: MembersRow): Members {
  const copy = Uint8Array.from(classes).buffer;
  return {
    classes: classes.byteLength === BLOCK * 2 ? new Uint16Array(copy) : new Uint32Array(copy),
    received: new Float64Array(Uint8Array.from(received).buffer),
  };
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
