/** How many messages go to the socket in one write. */
export const CHUNK = 100;

/** `total` messages with at most `window` of them unconfirmed, however the connection names its methods' arguments. */
export function confirmedFlow(total, window) {
  let sent = 0;
  let acked = 0;
  let write;
  let finished;
  const done = new Promise((resolve) => {
    finished = resolve;
  });
  const pump = () => {
    while (sent < total && sent - acked <= window - CHUNK) {
      write(sent / CHUNK);
      sent += CHUNK;
    }
  };
  return {
    /** For each method that comes in; false: it is no confirm. */
    take(id, data, at) {
      if (id !== 60080) return false;
      const tag = Number(data.readBigUInt64BE(at));
      acked = data[at + 8] & 1 ? tag : acked + 1;
      if (acked >= total) finished();
      else pump();
      return true;
    },
    /** Writes the chunks in turns, each of `CHUNK` encoded messages; resolves when all are confirmed. */
    run(socket, chunks) {
      write = (n) => socket.write(chunks[n % chunks.length]);
      pump();
      return done;
    },
  };
}
