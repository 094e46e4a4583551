// The little of AMQP 0-9-1 that a load generator needs, written for speed and not for use:
// what is sent is encoded once, what comes back is only counted.
import net from "node:net";

const short = (n) => {
  const b = Buffer.alloc(2);
  b.writeUInt16BE(n);
  return b;
};
const long = (n) => {
  const b = Buffer.alloc(4);
  b.writeUInt32BE(n);
  return b;
};
const shortstr = (s) => Buffer.concat([Buffer.from([Buffer.byteLength(s)]), Buffer.from(s)]);
const longstr = (s) => Buffer.concat([long(Buffer.byteLength(s)), Buffer.from(s)]);
const END = Buffer.from([0xce]);

export const frame = (type, channel, payload) =>
  Buffer.concat([Buffer.from([type]), short(channel), long(payload.length), payload, END]);
export const method = (channel, classId, methodId, ...args) =>
  frame(1, channel, Buffer.concat([short(classId), short(methodId), ...args]));
export const arg = {
  short,
  long,
  shortstr,
  longstr,
  bits: (n) => Buffer.from([n]),
  longlong: (n) => {
    const b = Buffer.alloc(8);
    b.writeBigUInt64BE(BigInt(n));
    return b;
  },
};

/** A whole persistent publish of one body, ready to be written again and again. */
export function publishBytes(exchange, routingKey, body, type) {
  const flags = 0x9000 | (type ? 0x0020 : 0); // content-type, delivery-mode, type
  const properties = [shortstr("application/json"), Buffer.from([2]), ...(type ? [shortstr(type)] : [])];
  const header = Buffer.concat([short(60), short(0), arg.longlong(body.length), short(flags), ...properties]);
  return Buffer.concat([
    method(1, 60, 40, short(0), shortstr(exchange), shortstr(routingKey), Buffer.from([0])),
    frame(2, 1, header),
    frame(3, 1, body),
  ]);
}

/**
 * A connection with channel 1 open. `onMethod(id, buffer, offset)` gets every later method: id is class × 1000 + method;
 * `onBody(buffer, offset)` every body, where it is of one frame.
 */
export function open(port, onMethod, onBody) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.setNoDelay(true);
    socket.on("error", reject);
    socket.write("AMQP\0\0\x09\x01", "latin1");
    let handler;
    const waiting = new Map();
    const wire = {
      socket,
      /** Sends a method and resolves with the arguments of the answer. */
      call: (classId, methodId, answer, ...args) =>
        new Promise((done) => {
          waiting.set(classId * 1000 + answer, done);
          socket.write(method(1, classId, methodId, ...args));
        }),
      /** Says goodbye and hangs up; the floor answers no close, so nobody waits for one. */
      close: () =>
        new Promise((done) => {
          socket.once("close", done);
          socket.end(method(0, 10, 50, short(200), shortstr("done"), short(0), short(0)));
        }),
    };
    let rest = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      const data = rest.length ? Buffer.concat([rest, chunk]) : chunk;
      let at = 0;
      while (data.length - at >= 8) {
        const size = data.readUInt32BE(at + 3);
        if (data.length - at < size + 8) break;
        if (data[at] === 1) {
          const id = data.readUInt16BE(at + 7) * 1000 + data.readUInt16BE(at + 9);
          if (id === 10010)
            socket.write(
              method(0, 10, 11, long(0), shortstr("PLAIN"), longstr("\0guest\0guest"), shortstr("en_US")),
            );
          else if (id === 10030) {
            socket.write(method(0, 10, 31, short(2047), long(131072), short(0)));
            socket.write(method(0, 10, 40, shortstr("/"), shortstr(""), Buffer.from([0])));
          } else if (id === 10041) socket.write(method(1, 20, 10, shortstr("")));
          else if (id === 20011) {
            handler = onMethod;
            resolve(wire);
          } else if (id === 10050 || id === 20040) {
            const text = data.subarray(at + 14, at + 14 + data[at + 13]).toString();
            socket.destroy(new Error(`closed by the broker: ${data.readUInt16BE(at + 11)} ${text}`));
          } else if (waiting.has(id)) {
            const done = waiting.get(id);
            waiting.delete(id);
            done(Buffer.from(data.subarray(at + 11, at + 7 + size)));
          } else handler?.(id, data, at + 11);
        } else if (data[at] === 3) onBody?.(data, at + 7);
        at += size + 8;
      }
      rest = data.subarray(at);
    });
  });
}
