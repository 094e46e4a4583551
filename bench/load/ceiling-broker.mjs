// A process of its own: what a client library can take at most. It answers as a broker does, but stores and routes nothing:
// confirms whatever it gets and, when asked to consume, sends one pre-encoded delivery again and again, never more than the
// client's prefetch unacknowledged. ceiling-broker.mjs PORT
import net from "node:net";
import { eventBody } from "./body.mjs";
import { arg, method, publishBytes } from "./wire.mjs";

const { short, long, shortstr, longstr, longlong, bits } = arg;
const id = (classId, methodId) => classId * 1000 + methodId;
/** The answers that do not depend on the question. */
const ANSWERS = new Map([
  [id(10, 11), method(0, 10, 30, short(2047), long(131_072), short(0))],
  [id(10, 40), method(0, 10, 41, shortstr(""))],
  [id(10, 50), method(0, 10, 51)],
  [id(20, 10), method(1, 20, 11, longstr(""))],
  [id(20, 40), method(1, 20, 41)],
  [id(50, 10), method(1, 50, 11, shortstr("q"), long(0), long(0))],
  [id(50, 40), method(1, 50, 41, long(0))],
  [id(60, 10), method(1, 60, 11)],
  [id(85, 10), method(1, 85, 11)],
]);
const START = method(0, 10, 10, bits(0), bits(9), long(0), longstr("PLAIN"), longstr("en_US"));

/** Whole deliveries, one behind the other, whose tags are written anew each time. */
function deliveries(most, tag) {
  const begin = method(1, 60, 60, shortstr(tag), longlong(0), bits(0), shortstr(""), shortstr("bench"));
  const publish = publishBytes("", "bench", eventBody);
  const content = publish.subarray(publish.readUInt32BE(3) + 8); // header and body, behind the method
  const one = Buffer.concat([begin, content]);
  const all = Buffer.concat(Array(most).fill(one));
  const tagAt = 7 + 4 + 1 + tag.length;
  let next = 0;
  return (count) => {
    const bytes = Buffer.from(all.subarray(0, count * one.length));
    for (let i = 0; i < count; i += 1) {
      next += 1;
      bytes.writeUInt32BE(next, i * one.length + tagAt + 4);
    }
    return bytes;
  };
}

function serve(socket) {
  let rest;
  let greeted = false;
  let prefetch = 0;
  let published = 0;
  let confirmed = 0;
  let unacked = 0;
  let lastAcked = 0;
  let take;
  const answer = (data, at) => {
    const asked = id(data.readUInt16BE(at), data.readUInt16BE(at + 2));
    const known = ANSWERS.get(asked);
    if (asked === id(60, 80)) {
      const tag = data.readUInt32BE(at + 8);
      unacked -= data[at + 12] ? tag - lastAcked : 1;
      lastAcked = tag;
    } else if (asked === id(60, 10)) prefetch = data.readUInt16BE(at + 8);
    else if (asked === id(60, 20)) {
      socket.write(method(1, 60, 21, shortstr("c")));
      take = deliveries(prefetch, "c");
    }
    if (known) socket.write(known);
  };
  const answerAll = () => {
    if (published > confirmed) socket.write(method(1, 60, 80, longlong(published), bits(1)));
    confirmed = published;
    if (!take || unacked === prefetch) return;
    socket.write(take(prefetch - unacked));
    unacked = prefetch;
  };
  socket.setNoDelay(true);
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    const data = rest ? Buffer.concat([rest, chunk]) : chunk;
    let at = 0;
    if (!greeted) {
      socket.write(START);
      greeted = true;
      at = 8;
    }
    while (data.length - at >= 8) {
      const size = data.readUInt32BE(at + 3);
      if (data.length - at < size + 8) break;
      if (data[at] === 1) answer(data, at + 7);
      else if (data[at] === 3) published += 1;
      at += size + 8;
    }
    rest = at < data.length ? data.subarray(at) : undefined;
    answerAll();
  });
}

net.createServer(serve).listen(Number(process.argv[2]), "127.0.0.1");
