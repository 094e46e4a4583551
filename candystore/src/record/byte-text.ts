/**
 * Bytes as a string, a character each: they are searched, cut and joined as text is, and neither decoded nor encoded on
 * their way from the store to an answer.
 */
import { Buffer } from "node:buffer";

/** No character is above U+00FF. */
export type ByteText = string;

const BEYOND_ASCII = /[\u0080-\uffff]/;

export const byteText = ({ buffer, byteOffset, byteLength }: Uint8Array): ByteText =>
  Buffer.from(buffer, byteOffset, byteLength).toString("latin1");

export const bytesOf = (bytes: ByteText): Buffer => Buffer.from(bytes, "latin1");

/** A text in UTF-8. */
export const encoded = (text: string): ByteText =>
  BEYOND_ASCII.test(text) ? Buffer.from(text).toString("latin1") : text;

/** The text that they are in UTF-8. */
export const decoded = (bytes: ByteText): string =>
  BEYOND_ASCII.test(bytes) ? bytesOf(bytes).toString() : bytes;
