/** What makes a FastStream program a service of the platform. */
import { describe, expect, test } from "vitest";
import { interpreter, runPython } from "./support/python.js";

describe.skipIf(interpreter === undefined)("a Python service", () => {
  test("writes each log line as JSON, whatever it is about", async () => {
    const program = `
import logging
from event_producers.service import log_as_json
log_as_json("my-service")
logging.getLogger("mine").info("half %s of ä\\n", "\\ud800")
try:
    raise ValueError("\\udfff")
except ValueError:
    logging.getLogger("mine").exception("failed")
`;
    const lines = (await runPython(["-c", program])).split("\n").map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { level: 30, name: "my-service", msg: "half \ud800 of ä\n" },
      { level: 50, name: "my-service", msg: "failed", err: expect.stringContaining("ValueError: \udfff") },
    ]);
  });

  test("tells from LOG_LEVEL on, and ends with 78 for what is no level", async () => {
    const program = `
import contextlib, io, logging, os
from event_producers.service import log_as_json
for level in ["", " warn ", "trace", "WARNING", "fatal", "silent"]:
    os.environ["LOG_LEVEL"] = level
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            log_as_json("my-service")
        print(logging.getLevelName(logging.getLogger().level))
    except SystemExit as end:
        print(end.code, said.getvalue().strip())
`;
    expect((await runPython(["-c", program])).split("\n")).toEqual([
      "INFO",
      "WARNING",
      "DEBUG",
      "WARNING",
      "CRITICAL",
      '78 error: LOG_LEVEL: "silent" is none of trace, debug, info, warn, error, fatal',
    ]);
  });

  test("ends with 78 where no broker can have its address", async () => {
    const program = `
import contextlib, io, sys
from event_producers.service import service_broker
for url in sys.argv[1:]:
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            service_broker(url)
    except SystemExit as end:
        print(end.code, said.getvalue().strip())
`;
    const urls = [
      "http://127.0.0.1:5672/",
      "amqp://guest:secret#1@127.0.0.1:5672/",
      "amqp://127.0.0.1:port/",
    ];
    const lines = (await runPython(["-c", program, ...urls])).split("\n");
    expect(lines).toHaveLength(urls.length);
    for (const line of lines) {
      expect(line).toMatch(/^78 error: RABBITMQ_URL: Not the address of a broker: /);
      expect(line).not.toContain("secret");
    }
  });
});
