/** The command line itself: help, wrong input, exit codes, and no platform. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Command } from "commander";
import { afterAll, describe, expect, test } from "vitest";
import { buildProgram } from "../../src/cli/program.js";
import { painter } from "../../src/cli/terminal/paint.js";
import { BB, bb, cleanEnv } from "./support/bb.js";
import { quietTerminal } from "./support/quiet-terminal.js";

const folder = mkdtempSync(path.join(tmpdir(), "bb-usage-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function commands(command: Command, before: readonly string[] = []): readonly (readonly string[])[] {
  return command.commands.flatMap((child) => [
    [...before, child.name()],
    ...commands(child, [...before, child.name()]),
  ]);
}
const all = commands(await buildProgram(quietTerminal)).filter(([name]) => name !== "help");

describe("help", () => {
  test("names every command of the design", async () => {
    const { code, out } = await bb(["--help"]);
    expect(code).toBe(0);
    for (const name of [
      ..."up broker publish tail events trace replay dlq migrate schema service topology quarantine webhook".split(
        " ",
      ),
      ..."audit export import backup restore mcp completion config doctor".split(" "),
    ])
      expect(out).toMatch(new RegExp(`^ {2}${name}\\b`, "m"));
    expect(out).toContain("69  the platform does not answer");
  });

  test.each(all.map((words) => [words.join(" "), words] as const))("explains %s", async (_, words) => {
    const { code, out, err } = await bb([...words, "--help"]);
    expect(code).toBe(0);
    expect(err).toBe("");
    expect(out).toContain(`Usage: bb ${words.join(" ")}`);
    // A sentence about it, and the options that all commands have.
    expect(out.split("\n")[2]).toMatch(/^[A-Z].{10,}/);
    expect(out).toContain("--json");
  });

  test("is what bb alone shows, as an error", async () => {
    const { code, out, err } = await bb([]);
    expect(code).toBe(2);
    expect(out + err).toContain("Usage: bb");
  });

  test("tells its version", async () => {
    expect((await bb(["--version"])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe("wrong input", () => {
  test.each([
    [["trcae", "x"], /unknown command 'trcae'\n\(Did you mean trace\?\)/],
    [["events", "--lmit", "3"], /unknown option '--lmit'\n\(Did you mean --limit\?\)/],
    [["events", "--limit", "none"], /--limit.*whole number from 1 on/i],
    [["events", "--since", "yesterday"], /--since.*2026-02-03T09:00:00Z/],
    [["events", "--where", "meeting_id"], /path=value/],
    [["events", "--where", "a=1", "--where", "payload.a=2"], /a is there twice/],
    [["events", "--valid", "--invalid"], /cannot be used with/],
    [["trace"], /missing required argument 'event id'/],
    [["trace", "42"], /"42" is not an event id/],
    [["dlq", "show"], /missing required argument/],
    [["dlq", "show", "groups"], /'groups' is invalid.*`bb dlq list` shows the ids/],
    [["dlq", "redrive", "queue/a", "b"], /'b' is invalid/],
    [["dlq", "lst"], /unknown command 'lst'\n\(Did you mean list\?\)/],
    [["events", "one", "two"], /too many arguments/],
    [["events", "list"], /"list" is not an event id.*\nhint: `bb events` alone lists them/],
    [["events", "counts"], /"counts" is not an event id.*\nhint: `bb events --counts` counts them/],
    [["events", "stream"], /"stream" is not an event id.*\nhint: `bb tail`/],
    [["completion", "tcsh"], /bash, zsh, fish/],
    [["--url", "ftp://x", "events"], /--url: "ftp:\/\/x" is not an http or https address/],
    [["replay", "start", "--speed", "0"], /number over 0, or max/],
    [["webhook", "add", "nowhere", "--type", "#"], /"nowhere" is not an http or https address/],
    [["broker", "--port", "99999"], /whole number from 0 to 65535/],
  ])("%j ends with 2 and says what is wrong", async (args, message) => {
    const { code, out, err } = await bb(args, { env: { BLOODBANK_HTTP_PORT: "1" } });
    expect(err).toMatch(message);
    expect(out).toBe("");
    expect(code).toBe(2);
  });

  test("is a document for machines as well, on standard output", async () => {
    for (const [args, message] of [
      [["--json", "trcae"], /^unknown command 'trcae'/],
      [["events", "--limit", "none", "--json"], /whole number from 1 on/],
      [["dlq", "--json"], /a subcommand is missing/],
    ] as const) {
      const { code, out } = await bb(args);
      expect(code).toBe(2);
      expect(JSON.parse(out)).toMatchObject({
        error: { code: "BAD_USAGE", message: expect.stringMatching(message), hint: expect.any(String) },
      });
    }
  });

  test("a payload that is not JSON ends with 65", async () => {
    const { code, err } = await bb(["publish", "artifact.created", "{bad"]);
    expect(code).toBe(65);
    expect(err).toMatch(/not JSON/);
    expect((await bb(["publish", "artifact.created", "[]"])).err).toMatch(
      /must be a JSON object, and is \[\]/,
    );
  });

  test.each([
    ["a member twice", '{"a":1,"a":2}', /twice/],
    ["a byte order mark", "\uFEFF{}", /byte order mark/],
    ["what is not UTF-8", Buffer.from([0x7b, 0xff, 0x7d]), /UTF-8/],
    ["10,000 levels", `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`, /deeper/],
  ])("a payload with %s ends with 65 and says so", async (_, content, reason) => {
    const file = path.join(folder, "payload.json");
    writeFileSync(file, content);
    const { code, err } = await bb(["publish", "artifact.created", `@${file}`]);
    expect(err).toMatch(reason);
    expect(code).toBe(65);
  });

  test("a file that is not there ends with 66", async () => {
    expect((await bb(["publish", "artifact.created", "@/nope.json"])).code).toBe(66);
    expect((await bb(["import", "/nope.ndjson"])).code).toBe(66);
    expect((await bb(["service", "check", "--registry", "/nope.yaml"])).code).toBe(66);
  });

  test("a wrong variable ends with 78", async () => {
    const { code, err } = await bb(["events"], { env: { BLOODBANK_HTTP_PORT: "many" } });
    expect(code).toBe(78);
    expect(err).toMatch(/BLOODBANK_HTTP_PORT: "many" is not a port/);
    expect((await bb(["config"], { env: { BLOODBANK_ADMISSION: "perhaps" } })).code).toBe(78);
    expect((await bb(["up"], { env: { BLOODBANK_HTTP_PORT: "many" } })).code).toBe(78);
  });
});

describe("without a platform", () => {
  const id = "0198f0c4-7b1e-7c3a-8f00-000000000001";
  test.each([
    [["trace", id]],
    [["events"]],
    [["tail"]],
    [["publish", "artifact.created", "{}"]],
    [["dlq", "list"]],
    [["doctor"]],
    [["service", "list"]],
    [["topology"]],
    [["audit", "verify"]],
  ])("%j ends with 69, and says how to start it", async (args) => {
    const { code, out, err } = await bb(args, { env: { BLOODBANK_HTTP_PORT: "1" } });
    expect(code).toBe(69);
    expect(out).toBe("");
    expect(err).toMatch(/no platform answers at http:\/\/127\.0\.0\.1:1 \(BLOODBANK_HTTP_PORT\)/);
    expect(err).toMatch(/npm start/);
  });

  test("what answers and is no platform is told from one: nothing of it is well, or taken for events", async () => {
    const answers: Readonly<Record<string, (response: ServerResponse) => void>> = {
      page: (response) => response.setHeader("content-type", "text/html").end("<html></html>"),
      error: (response) => response.writeHead(502).end(),
    };
    for (const [name, answer] of Object.entries(answers)) {
      const server = createServer((_, response) => answer(response)).listen(0, "127.0.0.1");
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      for (const args of [["doctor"], ["tail"], ["export"], ["events"]]) {
        const { code, out } = await bb(["--url", `http://127.0.0.1:${port}`, ...args]);
        expect([name, args, code]).toEqual([name, args, 69]);
        expect(out).not.toMatch(/all well|html/);
      }
      server.close();
      server.closeAllConnections();
    }
  });

  test("events are listed to the end, also where a page is empty and says that there is more", async () => {
    const event = {
      event_type: "artifact.created",
      source_app: "a",
      received_at: "2026-02-03T09:00:00.000Z",
    };
    const server = createServer(({ url = "" }, response) => {
      const cursor = new URL(url, "http://localhost").searchParams.get("cursor");
      const page =
        cursor === null ? { events: [], next_cursor: "on" } : { events: [{ ...event, event_id: cursor }] };
      response.setHeader("content-type", "application/json").setHeader("x-bloodbank-version", "0.0.0");
      response.end(JSON.stringify(page));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const { code, out } = await bb([
      "--url",
      `http://127.0.0.1:${port}`,
      "events",
      "--text",
      "rare",
      "--json",
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(out).events).toMatchObject([{ event_id: "on" }]);
    server.close();
    server.closeAllConnections();
  });

  test("the same is a document for machines", async () => {
    const { code, out, err } = await bb(["events", "--json"], { env: { BLOODBANK_HTTP_PORT: "1" } });
    expect(code).toBe(69);
    expect(err).toBe("");
    expect(JSON.parse(out)).toMatchObject({
      error: { code: "UNREACHABLE", hint: expect.stringContaining("npm start") },
    });
  });
});

describe("the terminal", () => {
  test("a reader that had enough is no fault", async () => {
    const child = spawn(
      "sh",
      ["-c", `"${process.execPath}" "${BB}" completion zsh | head -n 1; echo done >&2`],
      {
        env: cleanEnv(),
      },
    );
    let err = "";
    child.stderr.on("data", (text) => {
      err += text;
    });
    await new Promise((resolve) => child.once("close", resolve));
    expect(err).toBe("done\n");
  });

  test.runIf(existsSync("/dev/full"))("a full disk is told in a line, and ends with 73", () => {
    const { status, stderr } = spawnSync(
      "sh",
      ["-c", `"${process.execPath}" "${BB}" schema list >/dev/full`],
      {
        encoding: "utf8",
        env: cleanEnv(),
      },
    );
    expect(stderr).toMatch(/^error: standard output cannot be written: ENOSPC.*\n$/);
    expect(status).toBe(73);
  });

  test("colours are there when asked for, and never with NO_COLOR", () => {
    expect(painter({ FORCE_COLOR: "1" }, false).red("x")).toBe("\x1b[31mx\x1b[39m");
    expect(painter({ FORCE_COLOR: "1", NO_COLOR: "1" }, true).red("x")).toBe("x");
    expect(painter({}, true).red("x")).toContain("\x1b[31m");
    expect(painter({ TERM: "dumb" }, true).red("x")).toBe("x");
    expect(painter({}, false).red("x")).toBe("x");
  });

  /** What a shell completes after each line; nothing where it is not installed. */
  const TYPED = ["bb tra", "bb dlq re", "bb dlq show some-id --js", "bb publish artifact.created --fi"];
  const SHELLS: Readonly<Record<string, (script: string) => string>> = {
    bash: (script) => `${script}
at() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _bb; echo "\${COMPREPLY[@]}"; }
${TYPED.map((line) => `at ${line}`).join("\n")}`,
    // compsys draws on a terminal: what it would be given is printed, and matched as it would match it.
    zsh: (script) => `compdef() { : }
_describe() { print -rl -- "\${(@)\${(@P)2}%%:*}" | grep -- "^$words[CURRENT]" }
${script}
at() { words=("$@"); CURRENT=$#; _bb; }
${TYPED.map((line) => `at ${line}`).join("\n")}`,
    fish: (script) => `${script}
${TYPED.map((line) => `complete -C '${line}' | cut -f 1`).join("\n")}`,
  };
  for (const [shell, program] of Object.entries(SHELLS))
    if (spawnSync(shell, ["-c", "exit"]).status === 0)
      test(`${shell} completes commands and options`, async () => {
        const { out } = await bb(["completion", shell]);
        const file = path.join(folder, `bb.${shell}`);
        writeFileSync(file, program(out));
        const { stdout, stderr } = spawnSync(shell, [file], {
          encoding: "utf8",
          env: { ...process.env, HOME: folder },
        });
        expect(stderr).toBe("");
        expect(stdout).toBe("trace\nredrive\n--json\n--field\n");
      });

  test("config shows each variable with where its value comes from, and no secrets", async () => {
    const env = {
      RABBITMQ_URL: "amqp://user:hidden@rabbit:5672/",
      FIREFLIES_API_KEY: "hidden",
      BLOODBANK_HTTP_PROT: "1",
    };
    const { code, out, err } = await bb(["config"], { env });
    expect(code).toBe(0);
    expect(out).toMatch(/^RABBITMQ_URL .* env /m);
    expect(out).toMatch(/^BLOODBANK_EXCHANGE .* default /m);
    expect(out + err).not.toContain("hidden");
    expect(err).toMatch(/BLOODBANK_HTTP_PROT.*BLOODBANK_HTTP_PORT/);
  });
});
