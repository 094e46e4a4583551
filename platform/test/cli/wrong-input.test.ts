/** Wrong input, and a platform that is none or breaks off: each command says what is wrong, with a code and what to do. */
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Command } from "commander";
import { afterAll, describe, expect, test } from "vitest";
import { buildProgram } from "../../src/cli/program.js";
import { VERSION_HEADER } from "../../src/http/version-header.js";
import { BB, type BbOptions, bb, cleanEnv, type Ended } from "./support/bb.js";
import { quietTerminal } from "./support/quiet-terminal.js";

const folder = mkdtempSync(path.join(tmpdir(), "bb-wrong-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = path.join(folder, "a-file");
writeFileSync(file, "");
const ID = "0198f0c4-7b1e-7c3a-8f00-000000000001";

/** A line with a code, and one that says what to do. */
function expectTold(args: readonly string[], { err }: Ended): void {
  expect(err, args.join(" ")).toMatch(/^error: .+ \([A-Z][A-Z_]+\)$/m);
  expect(err, args.join(" ")).toMatch(/^hint: .+/m);
  expect(err, args.join(" ")).not.toMatch(/a fault in bb|^ +at .+:\d+/m);
}

describe("what cannot be used", () => {
  // Modes mean nothing to root, but not even root makes folders in the kernel's own file system.
  const nowhere = existsSync("/sys") ? "/sys/bloodbank" : path.join(file, "below");
  const below = path.join(file, "below");
  const schema = path.join(folder, "schema.json");
  writeFileSync(schema, "{");
  const copy = path.join(folder, "services");
  mkdirSync(copy);
  writeFileSync(path.join(copy, "registry.yaml"), "version: 1");

  type Case = readonly [args: readonly string[], code: number, said: RegExp, more?: BbOptions];
  const cases: readonly Case[] = [
    [["publish", "artifact.created", "{}", "--id", "naïve\n"], 2, /idempotency-key.*\(BAD_USAGE\)/],
    [["publish", "artifact.created", "[]"], 65, /must be a JSON object.*\(BAD_DATA\)\nhint: /],
    [["publish", "artifact.created", "-f", "x"], 2, /not name=value \(BAD_USAGE\)/],
    [["publish", "artifact.created", `@${folder}`], 66, /EISDIR.*\(NO_INPUT\)/],
    [["events", "--token", "naïve\nx"], 2, /authorization.*\(BAD_USAGE\)/],
    [["events", "--since", "999999999999d"], 2, /Write a time/],
    [["tail", "--since", "800000d"], 2, /Write a time/],
    [["schema", "check", "--events", "--days", "999999999"], 2, /from 1 to 36500/],
    [["schema", "generate", "--target", "zod", "--to", below], 73, /\(CANNOT_WRITE\)/],
    [["schema", "docs", nowhere], 73, /\(CANNOT_WRITE\)/],
    [["schema", "lint", "--schemas", file], 66, /\(NO_INPUT\)/],
    [["schema", "new", "a.b.c", "--schemas", below], 66, /\(NO_INPUT\)/],
    [["schema", "show", "nothing.here"], 1, /\(NOT_FOUND\)/],
    [["schema", "compare", "/nope.json", schema], 66, /\(NO_INPUT\)/],
    [["schema", "compare", schema, schema], 65, /\(SCHEMA_NOT_JSON\)/],
    [["schema", "diff", "artifact.created:v9", "artifact.created:v1"], 1, /\(NOT_FOUND\)/],
    [["schema", "check", "--against", "no-such-revision"], 65, /\(GIT_FAILED\)/],
    [["service", "check", "--registry", folder], 1, /UNREADABLE/],
    [["service", "new", "a", "--consumes", "a.b", "--layer", "x"], 2, /not a layer \(BAD_USAGE\)/],
    [["service", "new", "Not-Kebab", "--consumes", "a.b"], 2, /cannot be used \(BAD_USAGE\)/],
    [["migrate", "--to", "amqp://localhost/%zz"], 2, /--to: .*% in its path.*\(BAD_USAGE\)/],
    [["migrate", "--to", "http://localhost"], 2, /--to: .*\(BAD_USAGE\)/],
    [["migrate", "--to", "amqp://localhost", "--data-dir", folder], 66, /\(NO_INPUT\)/],
    [
      [
        "migrate",
        "--from",
        "amqp://127.0.0.1:1",
        "--from-management",
        "http://127.0.0.1:1",
        "--to",
        "amqp://127.0.0.1:1/x",
        "--data-dir",
        folder,
      ],
      69,
      /\(UNREACHABLE\)/,
    ],
    [["up"], 73, /\(DATA_DIR_UNUSABLE\)/, { env: { BLOODBANK_DATA_DIR: below } }],
    [
      ["up", "--only", "nobody"],
      78,
      /\(BAD_CONFIG\)/,
      { env: { BLOODBANK_DATA_DIR: path.join(folder, "d") } },
    ],
    [
      ["up"],
      78,
      /registry\.schema\.json.*\(BAD_REGISTRY\)/,
      { cwd: folder, env: { BLOODBANK_DATA_DIR: path.join(folder, "e") } },
    ],
    [["config"], 78, /error: LOG_LEVEL.*\(BAD_CONFIG\)/, { env: { LOG_LEVEL: "loud" } }],
    [["broker"], 78, /BLOODBANK_AMQP_PORT.*\(BAD_CONFIG\)/, { env: { BLOODBANK_AMQP_PORT: "x" } }],
  ];
  test.each(cases.map(([args, code, said, more = {}]) => [args, code, said, more] as const))(
    "%j ends with %i and says what to do, to a person and to a program",
    async (args, code, said, more) => {
      const options = { ...more, env: { BLOODBANK_HTTP_PORT: "1", ...more.env } };
      const ended = await bb(args, options);
      expect(ended.out + ended.err).toMatch(said);
      expect(ended.code).toBe(code);
      const asked = await bb([...args, "--json"], options);
      expect(asked.code).toBe(code);
      if (said.source.includes("UNREADABLE")) return;
      const { error } = JSON.parse(asked.out);
      expect(error).toMatchObject({ code: expect.stringMatching(/^[A-Z_]+$/), hint: expect.any(String) });
      // What the command line lacks is said by its own reader.
      if (error.code !== "BAD_USAGE") expectTold(args, ended);
      expect(ended.err).not.toMatch(/a fault in bb/);
    },
  );

  test("standard input that is a folder is told", () => {
    const { status, stderr } = spawnSync(
      "sh",
      ["-c", `"${process.execPath}" "${BB}" publish artifact.created - < /`],
      { encoding: "utf8", env: cleanEnv() },
    );
    expect([status, stderr]).toEqual([65, expect.stringMatching(/\(BAD_DATA\)\nhint: /)]);
  });
});

describe("a platform that is none, or breaks off", () => {
  writeFileSync(path.join(folder, "events.ndjson"), "{}\n");
  /** Every command that asks a platform; those that are missing ask none. */
  const ASKING: readonly (readonly string[])[] = [
    ["publish", "artifact.created", "{}"],
    ["tail", "-n", "1"],
    ["events"],
    ["events", ID],
    ["trace", ID],
    ["replay", "start", "--from", "0", "--yes"],
    ["replay", "list"],
    ["replay", "show", "x"],
    ["replay", "pause", "x"],
    ["replay", "resume", "x"],
    ["replay", "cancel", "x"],
    ["doctor", "--interval", "0"],
    ["dlq", "list"],
    ["dlq", "show", "queue/x"],
    ["purge", "q", "--reason", "r", "--yes"],
    ["quarantine"],
    ["audit", "verify"],
    ["service", "list"],
    ["service", "logs", "x"],
    ["service", "start", "x"],
    ["service", "stop", "x"],
    ["service", "restart", "x"],
    ["service", "check", "--live"],
    ["topology"],
    ["topology", "connections"],
    ["topology", "exchanges"],
    ["topology", "bindings"],
    ["topology", "queues"],
    ["webhook", "list"],
    ["webhook", "add", "http://example.org", "--type", "#"],
    ["webhook", "remove", "x"],
    ["webhook", "resume", "x"],
    ["webhook", "test", "x"],
    ["export"],
    ["import", path.join(folder, "events.ndjson")],
    ["backup", path.join(folder, "a.backup")],
  ];

  test("no command that asks one is left out", async () => {
    const leaves = (command: Command, before: readonly string[] = []): readonly string[] =>
      command.commands.length === 0
        ? [before.join(" ")]
        : command.commands.flatMap((child) => leaves(child, [...before, child.name()]));
    const asksNone =
      /^(help|up|broker|config|completion|mcp|migrate|restore|quarantine .*|dlq .*|service new|schema \w+)$/;
    const asking = ASKING.map((args) => args.join(" "));
    for (const leaf of leaves(await buildProgram(quietTerminal)))
      if (!asksNone.test(leaf))
        expect(
          asking.some((args) => `${args} `.startsWith(`${leaf} `)),
          leaf,
        ).toBe(true);
  });

  const answers: Readonly<Record<string, (response: ServerResponse) => void>> = {
    "a page of HTML": (response) =>
      response.writeHead(200, { "content-type": "text/html" }).end("<html></html>"),
    "500 and a page of HTML": (response) =>
      response.writeHead(500, { "content-type": "text/html" }).end("<html></html>"),
    "JSON of another program": (response) =>
      response.writeHead(200, { "content-type": "application/json" }).end('{"items":null}'),
    "an error of another program": (response) =>
      response
        .writeHead(422, { "content-type": "application/json" })
        .end('{"code":7,"hint":{},"violations":{},"detail":["x"]}'),
    "an answer that breaks off": (response) => {
      response.writeHead(200, { "content-type": "application/json", [VERSION_HEADER]: "0.0.0" });
      response.write("{");
      setImmediate(() => response.destroy());
    },
  };
  test.each(Object.entries(answers))("%s is told by every command", async (name, answer) => {
    const server = createServer((request, response) => {
      request.resume();
      answer(response);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    try {
      for (const args of ASKING) {
        const ended = await bb([...args, "--url", `http://127.0.0.1:${port}`]);
        expect([name, args, ended.code, ended.err]).toEqual([name, args, 69, expect.anything()]);
        // Its report has a line for each look that failed.
        if (args[0] === "doctor" && ended.err === "")
          expect(ended.out).toMatch(/could not be looked at.*\n +→ /);
        else expectTold(args, ended);
      }
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  test("contracts of a platform whose names are paths are written nowhere", async () => {
    const schema = { $id: "x", type: "object" };
    const server = createServer(({ url }, response) => {
      const name = { event_type: "../../bb-elsewhere.x", version: "v1" };
      response.writeHead(200, { "content-type": "application/json", [VERSION_HEADER]: "0.0.0" });
      response.end(JSON.stringify(url === "/schemas/catalog" ? { contracts: [name] } : { ...name, schema }));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    try {
      const deep = path.join(folder, "a", "b", "c");
      mkdirSync(deep, { recursive: true });
      const args = ["schema", "check", "--against", `http://127.0.0.1:${port}`];
      const ended = await bb(args, { env: { TMPDIR: deep } });
      expect([ended.code, ended.err]).toEqual([69, expect.stringContaining("bb-elsewhere")]);
      expectTold(args, ended);
      expect(readdirSync(path.join(folder, "a"), { recursive: true })).toEqual(["b", "b/c"]);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});
