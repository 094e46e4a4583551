import type { Socket } from "node:net";

/**
 * What a connection has to send, gathered during a turn and written once at its end. Frames are written in place:
 * `reserve` says where there is room in `buffer`, `advance` how far it was used.
 */
export class Output {
  buffer: Buffer;
  #at = 0;
  #full: Buffer[] = [];
  #fullBytes = 0;

  constructor() {
    this.buffer = takeChunk();
  }

  /** Bytes not given to the socket yet. */
  get pending(): number {
    return this.#fullBytes + this.#at;
  }

  /** Offset in `buffer` from which `bytes` bytes are free. */
  reserve(bytes: number): number {
    if (this.#at + bytes > this.buffer.length) {
      if (this.#at > 0) {
        this.#full.push(this.buffer.subarray(0, this.#at));
        this.#fullBytes += this.#at;
      }
      this.buffer = bytes > CHUNK ? Buffer.allocUnsafeSlow(bytes) : takeChunk();
      this.#at = 0;
    }
    return this.#at;
  }

  advance(end: number): void {
    this.#at = end;
  }

  push(frame: Uint8Array): void {
    const at = this.reserve(frame.length);
    this.buffer.set(frame, at);
    this.#at = at + frame.length;
  }

  flush(socket: Socket): void {
    if (this.#full.length === 0) {
      if (this.#at > 0) writeOut(socket, this.buffer, this.#at);
    } else {
      socket.cork();
      for (const chunk of this.#full) writeOut(socket, chunk, chunk.length);
      if (this.#at > 0) writeOut(socket, this.buffer, this.#at);
      socket.uncork();
      this.#full = [];
      this.#fullBytes = 0;
    }
    if (this.#at > 0) this.buffer = takeChunk();
    this.#at = 0;
  }

  discard(): void {
    this.#full = [];
    this.#fullBytes = 0;
    this.#at = 0;
  }
}

const CHUNK = 64 * 2 ** 10;
const POOLED = 64;
const pool: Buffer[] = [];

function takeChunk(): Buffer {
  return pool.pop() ?? Buffer.allocUnsafeSlow(CHUNK);
}

/** A chunk is used again once the socket is done with it, and only if it was. */
function writeOut(socket: Socket, buffer: Buffer, length: number): void {
  socket.write(length === buffer.length ? buffer : buffer.subarray(0, length), (error) => {
    if (!error && buffer.buffer.byteLength === CHUNK && pool.length < POOLED)
      pool.push(Buffer.from(buffer.buffer, 0, CHUNK));
  });
}
