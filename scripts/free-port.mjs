import net from "node:net";

// Below the ports that Linux and macOS give out by themselves (from 32768 and 49152 on).
const FIRST = 11_000;
const LAST = 32_767;

/**
 * A port of 127.0.0.1 that nobody listens on. What is ended and started again finds it free again: nobody who lets the
 * system choose, for a server or for a connection, is given one of these.
 *
 * @returns {Promise<number>}
 */
export async function freePort() {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1));
    if (await isFree(port)) return port;
  }
}

const isFree = (port) =>
  new Promise((resolve) => {
    const server = net.createServer().once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
