/**
 * Where a stored message lies, in one number: `segment * 2^28 + offset`. Segments are far smaller than 256 MiB
 * (a record only has to begin before that), and 2^25 segments of 64 MiB are two pebibytes of messages.
 */
const SPAN = 2 ** 28;

export function makeRef(segment: number, offset: number): number {
  return segment * SPAN + offset;
}

export function segmentOf(ref: number): number {
  return Math.floor(ref / SPAN);
}

export function offsetOf(ref: number): number {
  return ref % SPAN;
}
