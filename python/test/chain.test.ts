/** `get_correlation_chain`, whatever it is that answers. */
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../../bloodbank/client/test/support/eventually.js";
import { interpreter, runPython, startPython } from "./support/python.js";

const problem = (status: number, code: string, detail: string) => (response: ServerResponse) => {
  response.writeHead(status, { "content-type": "application/problem+json" });
  response.end(JSON.stringify({ type: "about:blank", status, code, title: "A title", detail }));
};

const page = (status: number, text: string) => (response: ServerResponse) => {
  response.writeHead(status, { "content-type": "text/html" }).end(text);
};

const raw = (text: string) => (response: ServerResponse) => {
  response.socket?.end(text);
};

/** A byte now and then, and never the last one. */
function drips(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json" });
  const timer = setInterval(() => response.write(" "), 20);
  response.once("close", () => clearInterval(timer));
}

const ids = Array.from(
  { length: 10_000 },
  (_, i) => `0190f5c4-7b1e-7c3a-8f00-${String(i).padStart(12, "0")}`,
);

/** Each event causes the next, and the last one the first: what no store would have, and a walk must survive. */
function long(response: ServerResponse): void {
  const nodes = ids.map((event_id, i) => ({
    event_id,
    causes: [ids.at(i - 1)],
    effects: [ids[(i + 1) % ids.length]],
  }));
  response.end(JSON.stringify({ event_id: ids[0], roots: [], nodes, truncated: true }));
}

const answers: Readonly<Record<string, (response: ServerResponse) => void>> = {
  nobody: problem(404, "EVENT_NOT_FOUND", "No event x is stored."),
  stranger: page(404, "<h1>Not here</h1>"),
  guarded: problem(401, "NOT_SIGNED_IN", "A token is needed."),
  broken: problem(500, "INTERNAL", "It broke."),
  "broken-off": raw('HTTP/1.1 500 Broken\r\ncontent-length: 100\r\n\r\n{"code"'),
  html: page(200, "<h1>Welcome</h1>"),
  null: page(200, "null"),
  list: page(200, "[]"),
  other: page(200, '{"status":"ok"}'),
  nodes: page(200, '{"event_id":"x","roots":[],"nodes":[5]}'),
  deep: page(200, "[".repeat(200_000)),
  half: raw('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"event_id"'),
  pong: raw("+PONG\r\n\r\n"),
  nothing: raw(""),
  drips,
  long,
};

describe.skipIf(interpreter === undefined)("get_correlation_chain (Python)", () => {
  let server: Server;
  let url: string;
  const asked = new Map<string, string | undefined>();
  let said: ReadonlyMap<string, { code?: string; message?: string; effects?: string[]; causes?: number }>;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const name = request.url!.split("/")[1]!;
      asked.set(name, request.headers.authorization);
      answers[name]!(response);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const names = Object.keys(answers);
    const lines = (await runPython(["chains.py", ...names.map((name) => `${url}/${name}`)])).split("\n");
    said = new Map(names.map((name, i) => [name, JSON.parse(lines[i]!)]));
  });
  afterAll(() => {
    server?.closeAllConnections();
    server?.close();
  });

  test("says what the store does not know, and asks with the token", () => {
    expect(said.get("nobody")).toEqual({
      code: "EVENT_NOT_FOUND",
      message: expect.stringContaining("No event x is stored."),
    });
    expect(asked.get("nobody")).toBe("Bearer secret");
  });

  test.for([
    ["stranger", "answers 404: <h1>Not here</h1> Is that the platform's address?"],
    ["guarded", "answers 401: A token is needed. Give a token, or set BLOODBANK_TOKEN."],
    ["broken", "answers 500: It broke."],
    ["broken-off", "does not answer: "],
    ["html", "answers 200: <h1>Welcome</h1> Is that the platform's address?"],
    ["null", "answers 200: null Is that"],
    ["list", "answers what is no trace: []"],
    ["other", "answers what is no trace: {'status': 'ok'}. Is that the platform's address?"],
    ["nodes", "answers what is no trace: "],
    ["deep", "answers 200: [[["],
    ["half", "does not answer: "],
    ["pong", "does not answer: "],
    ["nothing", "does not answer: "],
    ["drips", "has not answered within 1 s"],
  ] as const)("%s is told as a platform that cannot be asked", ([name, why]) => {
    expect(said.get(name)).toEqual({ code: "PLATFORM_UNREACHABLE", message: expect.stringContaining(why) });
    expect(said.get(name)?.message).toContain(`${url}/${name}/api/v1/events/trace/`);
  });

  test("a chain of thousands is walked, also in a circle", () => {
    expect(said.get("long")).toEqual({ effects: ids.slice(1), causes: ids.length - 1 });
  });

  test("a program that no longer wants an answer ends, though the answer does not", async () => {
    asked.delete("drips");
    const program = startPython(["give_up_asking.py", `${url}/drips`]);
    await eventually(() => asked.has("drips"), "the question");
    program.tell("");
    expect(await program.ended, program.errors).toBe(0);
  });
});
