// A TCP proxy whose connections do not live long: each is cut after a random number of bytes, in either direction,
// wherever in a frame that is.
import net from "node:net";

export async function shortLived(port, host, random, mean) {
  const sockets = new Set();
  let cuts = 0;
  let failing = true;
  const server = net.createServer((client) => {
    const broker = net.connect(port, host);
    let left = Math.floor(random() * mean * 2);
    for (const [from, to] of [
      [client, broker],
      [broker, client],
    ]) {
      from.setNoDelay(true);
      sockets.add(from);
      from.on("error", () => undefined);
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
      from.on("data", (bytes) => {
        left -= bytes.length;
        if (failing && left <= 0) {
          cuts++;
          to.write(bytes.subarray(0, Math.max(0, bytes.length + left)), () => from.destroy());
        } else if (!to.write(bytes)) from.pause();
      });
      from.on("drain", () => to.resume());
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: server.address().port,
    get cuts() {
      return cuts;
    },
    /** From now on connections stay. */
    calm() {
      failing = false;
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(resolve);
      }),
  };
}
