// How the nodes of a cluster find and reach each other: an EPMD of its own for each node, which names a proxy for every
// other node, so that each pair's connection can be broken by hand, without touching the machine's network.
// The protocol: https://www.erlang.org/doc/apps/erts/erl_dist_protocol.html#epmd-protocol
import net from "node:net";

const ALIVE2_REQ = 120;
const ALIVE2_X_RESP = 118;
const PORT_PLEASE2_REQ = 122;
const PORT2_RESP = 119;
const NAMES_REQ = 110;

const listen = (server) =>
  new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server.address().port)));

export class Links {
  /** Node name → what it registered: its port, and the request's bytes after the port. */
  #registered = new Map();
  /** `from to` → the proxy between them. */
  #proxies = new Map();
  #servers = new Set();
  #sockets = new Set();
  /** Names of nodes that cannot reach each other: `cut` refuses, `silent` takes bytes and passes none on. */
  #apart = new Map();
  #creation = 1;

  /** The port of a new EPMD for the node of that name. */
  async epmdFor(node) {
    const server = net.createServer((socket) => {
      this.#keep(socket);
      let bytes = Buffer.alloc(0);
      socket.on("data", async (chunk) => {
        bytes = Buffer.concat([bytes, chunk]);
        if (bytes.length < 2 || bytes.length < 2 + bytes.readUInt16BE(0)) return;
        const request = bytes.subarray(2, 2 + bytes.readUInt16BE(0));
        bytes = bytes.subarray(2 + request.length);
        if (request[0] === ALIVE2_REQ) this.#register(socket, request);
        else if (request[0] === PORT_PLEASE2_REQ)
          socket.end(await this.#found(node, request.toString("latin1", 1)));
        else if (request[0] === NAMES_REQ) socket.end(this.#names(server.address().port));
        else socket.destroy();
      });
    });
    this.#servers.add(server);
    return listen(server);
  }

  /** From now on the node and all others cannot reach each other. */
  isolate(node, how) {
    this.#apart.set(node, how);
    for (const [pair, proxy] of this.#proxies) if (pair.split(" ").includes(node)) proxy.set(how);
  }

  /** A silence ends with the connection: what it held back never arrives. */
  heal(node) {
    this.#apart.delete(node);
    for (const [pair, proxy] of this.#proxies) proxy.set(this.#between(pair));
  }

  async close() {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all([...this.#servers].map((server) => new Promise((resolve) => server.close(resolve))));
  }

  #register(socket, request) {
    const port = request.readUInt16BE(1);
    const name = request.toString("latin1", 11, 11 + request.readUInt16BE(9));
    this.#registered.set(name, { port, tail: Buffer.from(request.subarray(3)) });
    // It is registered for as long as this connection lives.
    socket.on("close", () => {
      if (this.#registered.get(name)?.port === port) this.#registered.delete(name);
    });
    const answer = Buffer.alloc(6);
    answer[0] = ALIVE2_X_RESP;
    // A node that comes again is told from what it was before by its creation.
    answer.writeUInt32BE(++this.#creation + 4, 2);
    socket.write(answer);
  }

  async #found(asker, name) {
    const registered = this.#registered.get(name);
    if (registered === undefined) return Buffer.of(PORT2_RESP, 1);
    const head = Buffer.alloc(4);
    head[0] = PORT2_RESP;
    head.writeUInt16BE(name === asker ? registered.port : await this.#passagePort(asker, name), 2);
    return Buffer.concat([head, registered.tail]);
  }

  #names(port) {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(port);
    const lines = [...this.#registered].map(([name, { port: at }]) => `name ${name} at port ${at}\n`);
    return Buffer.concat([head, Buffer.from(lines.join(""))]);
  }

  #between(pair) {
    const [from, to] = pair.split(" ");
    return this.#apart.get(from) ?? this.#apart.get(to) ?? "whole";
  }

  async #passagePort(from, to) {
    const pair = `${from} ${to}`;
    let proxy = this.#proxies.get(pair);
    if (proxy === undefined) {
      proxy = new Passage(
        () => this.#registered.get(to)?.port,
        (socket) => this.#keep(socket),
      );
      proxy.set(this.#between(pair));
      this.#proxies.set(pair, proxy);
      this.#servers.add(proxy.server);
    }
    return proxy.port();
  }

  #keep(socket) {
    this.#sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => this.#sockets.delete(socket));
  }
}

/** One direction of dialling between two nodes; bytes go both ways. */
class Passage {
  server;
  #port;
  #state = "whole";
  #pairs = new Set();

  constructor(target, keep) {
    this.server = net.createServer((near) => {
      keep(near);
      const port = target();
      if (this.#state === "cut" || port === undefined) {
        near.destroy();
        return;
      }
      const far = net.connect(port, "127.0.0.1");
      keep(far);
      const pair = [near, far];
      this.#pairs.add(pair);
      for (const [from, to] of [pair, [far, near]]) {
        from.setNoDelay(true);
        from.on("close", () => {
          this.#pairs.delete(pair);
          to.destroy();
        });
        from.on("data", (bytes) => {
          if (this.#state === "whole" && !to.write(bytes)) from.pause();
        });
        to.on("drain", () => from.resume());
      }
    });
    this.#port = listen(this.server);
  }

  port() {
    return this.#port;
  }

  set(state) {
    // What was swallowed cannot be made up for: the connection must be a new one.
    const over = state === "cut" || (this.#state === "silent" && state === "whole");
    this.#state = state;
    if (over) for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
  }
}
