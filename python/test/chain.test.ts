/** `get_correlation_chain` where the platform is there and goes away meanwhile. */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import { interpreter, runPython } from "./support/python.js";

const ASK = `
import asyncio, sys
from event_producers import BloodbankError, get_correlation_chain
try:
    asyncio.run(get_correlation_chain("0190f5c4-7b1e-7c3a-8f00-0000000000ff", url=sys.argv[1]))
except BloodbankError as error:
    print(error.code)
`;

test.skipIf(interpreter === undefined).for([
  ["half an answer", 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"event_id"'],
  ["what is no HTTP", "+PONG\r\n\r\n"],
  ["nothing", ""],
] as const)("%s is told as any other platform that cannot be asked", async ([, answer]) => {
  const server = createServer((socket) => {
    socket.on("error", () => undefined).once("data", () => socket.end(answer));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  expect(await runPython(["-c", ASK, `http://127.0.0.1:${port}`])).toBe("PLATFORM_UNREACHABLE");
  server.close();
});
