/**
 * UUIDv7 (RFC 9562 §5.7) at the rate of events: random bytes are drawn a thousand ids at a time. Within a millisecond
 * the 12 bits after the version count up (§6.2, method 1), so the ids of one process sort as they were made.
 */
import { Buffer } from "node:buffer";
import { randomFillSync } from "node:crypto";

const IDS = 1_024;
/** Two for the counter's start, eight after the variant. */
const BYTES = 10;
const DIGITS = Buffer.from("0123456789abcdef", "latin1");

/** Draws ids; each call of the function that it returns gives the next one. */
export function uuidv7Source(now: () => number = Date.now): () => string {
  const pool = new Uint8Array(IDS * BYTES);
  let at = pool.length;
  let last = 0;
  let counter = 0;

  // One flat text an id: put together from pieces, each would be a tree of them for as long as its event lives.
  const text = Buffer.from("00000000-0000-7000-8000-000000000000", "latin1");
  const put = (position: number, byte: number): void => {
    text[position] = DIGITS[(byte >>> 4) & 0xf] as number;
    text[position + 1] = DIGITS[byte & 0xf] as number;
  };
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
    put(0, high >>> 24);
    put(2, high >>> 16);
    put(4, high >>> 8);
    put(6, high);
    put(9, last >>> 8);
    put(11, last);
    put(14, 0x70 | (counter >>> 8));
    put(16, counter);
    put(19, 0x80 | (random(2) & 0x3f));
    put(21, random(3));
    for (let n = 4; n < BYTES; n++) put(16 + n * 2, random(n));
    at += BYTES;
    return text.toString("latin1");
  };
}

/** The next id of this process. */
export const uuidv7: () => string = uuidv7Source();
