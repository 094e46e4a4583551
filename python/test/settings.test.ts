/** Where a Python program looks for the platform: where `bb` does. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findPlatform } from "../../platform/src/cli/api/find-platform.js";
import type { Terminal } from "../../platform/src/cli/terminal/terminal.js";
import { interpreter, runPython } from "./support/python.js";

const PROGRAM = `
import json, os, sys
from event_producers.settings import bus_url, platform_token, platform_url
clean = dict(os.environ)
for env, cwd in json.loads(sys.argv[1]):
    os.environ.clear()
    os.environ.update(clean | env)
    os.chdir(cwd)
    print(json.dumps([platform_url(), bus_url(), platform_token()]))
`;

describe.skipIf(interpreter === undefined)("where the platform is (Python)", () => {
  let folder: string;
  let said: [http: string, amqp: string, token: string | null][];
  const cases: (readonly [string, Record<string, string>, string])[] = [
    ["nothing is known", {}, "empty"],
    ["one runs here", {}, "here"],
    ["one runs in a folder above", {}, "here/and/deeper"],
    ["one has ended, and one runs above", {}, "here/ended"],
    ["its folder is named", { BLOODBANK_DATA_DIR: "../here/.bloodbank" }, "empty"],
    ["a port is named", { BLOODBANK_HTTP_PORT: "9999" }, "empty"],
    ["a port and a host", { BLOODBANK_HTTP_PORT: "9999", BLOODBANK_HOST: "10.0.0.1" }, "here"],
    ["a port, on all of this machine", { BLOODBANK_HTTP_PORT: "9999", BLOODBANK_HOST: "0.0.0.0" }, "here"],
    ["a port, on all of IPv6", { BLOODBANK_HTTP_PORT: "9999", BLOODBANK_HOST: "::" }, "here"],
    ["a port and an IPv6 address", { BLOODBANK_HTTP_PORT: "9999", BLOODBANK_HOST: "fe80::1" }, "here"],
    ["the port of the one that runs", { BLOODBANK_HTTP_PORT: "8443" }, "here"],
    ["any port that is free", { BLOODBANK_HTTP_PORT: "0" }, "here"],
    ["nothing, by empty variables", { BLOODBANK_HTTP_PORT: "", BLOODBANK_DATA_DIR: "" }, "here"],
    ["only a host, beside one that runs", { BLOODBANK_HOST: "0.0.0.0" }, "here"],
  ];

  beforeAll(async () => {
    folder = realpathSync(mkdtempSync(path.join(tmpdir(), "bloodbank-python-settings-")));
    for (const one of ["empty", "here/and/deeper", "here/.bloodbank", "here/ended/.bloodbank"])
      mkdirSync(path.join(folder, one), { recursive: true });
    const write = (where: string, pid: number | null) =>
      writeFileSync(
        path.join(folder, where, ".bloodbank", "platform.json"),
        JSON.stringify({ pid, amqp: "amqps://here:5671", http: "https://here:8443" }),
      );
    write("here", process.pid);
    write("here/ended", null);
    const asked = cases.map(([, env, cwd]) => [env, path.join(folder, cwd)]);
    const more = [
      [{ BLOODBANK_HOST: "platform", BLOODBANK_TOKEN: " secret\n" }, path.join(folder, "empty")],
      [{ RABBITMQ_URL: "amqp://one , amqp://two" }, path.join(folder, "here")],
    ];
    const lines = await runPython(["-c", PROGRAM, JSON.stringify([...asked, ...more])]);
    said = lines.split("\n").map((line) => JSON.parse(line));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.for(cases.map(([name], index) => ({ name, index })))("is found as bb finds it: $name", ({ index }) => {
    const [, env, cwd] = cases[index]!;
    const terminal = { env, cwd: path.join(folder, cwd) } as unknown as Terminal;
    const { http, amqp } = findPlatform(terminal, undefined);
    const [url, bus] = said[index]!;
    expect(url).toBe(http);
    if (amqp !== undefined) expect(bus).toBe(amqp);
  });

  test("a host alone stands for the default port there, a token may be named, and the bus as well", () => {
    expect(said.slice(-2)).toEqual([
      ["http://platform:8682", "amqp://guest:guest@localhost:5672/", "secret"],
      ["https://here:8443", "amqp://one", null],
    ]);
  });
});
