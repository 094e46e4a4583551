/**
 * UUIDv7 (RFC 9562 §5.7) at the rate of events: random bytes are drawn a thousand ids at a time. Within a millisecond
 * the 12 bits after the version count up (§6.2, method 1), so the ids of one process sort as they were made.
 */
import { randomFillSync } from "node:crypto";

const IDS = 1_024;
/** Two for the counter's start, eight after the variant. */
const BYTES = 10;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Draws ids; each call of the function that it returns gives the next one. */
export function uuidv7Source(now: () => number = Date.now): () => string {
  const pool = new Uint8Array(IDS * BYTES);
  let at = pool.length;
  let last = 0;
  let counter = 0;

  const hex = (value: number): string => HEX[value & 0xff] as string;
  return () => {
    if (at === pool.length) {
      randomFillSync(pool);
      at = 0;
    }
    const random = (n: number): number => pool[at + n] as number;
    const time = now();
    if (time > last) {
      last = time;
      // Half of the counter's room stays free for the ids of this millisecond.
      counter = ((random(0) << 8) | random(1)) & 0x7ff;
    } else if (++counter > 0xfff) {
      // More than 2,048 ids in a millisecond, or a clock set back: the time is borrowed from the next one.
      last++;
      counter = 0;
    }
    const high = Math.floor(last / 0x1_0000);
    const id =
      `${hex(high >>> 24)}${hex(high >>> 16)}${hex(high >>> 8)}${hex(high)}-` +
      `${hex(last >>> 8)}${hex(last)}-${hex(0x70 | (counter >>> 8))}${hex(counter)}-` +
      `${hex(0x80 | (random(2) & 0x3f))}${hex(random(3))}-` +
      `${hex(random(4))}${hex(random(5))}${hex(random(6))}${hex(random(7))}${hex(random(8))}${hex(random(9))}`;
    at += BYTES;
    return id;
  };
}

/** The next id of this process. */
export const uuidv7: () => string = uuidv7Source();
