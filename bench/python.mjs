import { spawn } from "node:child_process";
import path from "node:path";
import { root } from "../scripts/bootstrap.mjs";
import { findParts } from "../scripts/test-parts.mjs";
import { compare } from "./harness.mjs";
import { EVENT_TYPE, payload } from "./load/body.mjs";
import { embeddedBroker, load, rabbitmq } from "./subjects.mjs";

/** Runs bench/load/python/publish.py as a process of its own and gives the one number that it prints. */
function loadPython(interpreter, ...args) {
  return new Promise((resolve, reject) => {
    const child = spawn(interpreter, [path.join(root, "bench/load/python/publish.py"), ...args.map(String)], {
      env: { ...process.env, PYTHONPATH: path.join(root, "python/src") },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let out = "";
    let err = "";
    child.stdout.on("data", (text) => {
      out += text;
    });
    child.stderr.on("data", (text) => {
      err = (err + text).slice(-2000);
    });
    child.on("exit", (code) => {
      const figure = Number(out.trim());
      if (code === 0 && figure > 0) resolve(figure);
      else reject(new Error(`publish.py ${args[0]} ended with ${code}: ${out}${err}`));
    });
  });
}

/**
 * Enveloped, validated, confirmed publishing: what a user of the specification's stack has (Python on RabbitMQ), and
 * what the same user gets here, on the same RabbitMQ and on the embedded broker.
 */
export default async function python({ rounds, log }) {
  const { env } = await findParts({ provide: false });
  const interpreter = env.TEST_PYTHON;
  if (interpreter === undefined)
    throw new Error("no Python with python/requirements-test.txt; set TEST_PYTHON");
  const sample = JSON.stringify({ event_type: EVENT_TYPE, payload });
  const embedded = await embeddedBroker();
  const rabbit = await rabbitmq();
  if (!rabbit) log("no RabbitMQ here: everything is measured on the embedded broker");
  const py =
    (who, { port }) =>
    () =>
      loadPython(interpreter, who, port, 3_000, 1000, sample);
  const ts =
    ({ port }) =>
    () =>
      load("publisher.mjs", "ours", port, 40_000, 1000);
  const theirs = rabbit ? "RabbitMQ" : "the embedded broker";
  const baseline = `aio-pika + jsonschema, ${theirs}`;
  try {
    return [
      await compare({
        title: "validated publish, window 1,000: the specification's Python stack, and ours",
        unit: "events/s",
        subjects: {
          [baseline]: py("aio-pika", rabbit ?? embedded),
          [`FastStream + jsonschema, ${theirs}`]: py("faststream", rabbit ?? embedded),
          ...(rabbit && {
            "event_producers, RabbitMQ": py("event_producers", rabbit),
            "Publisher (TypeScript), RabbitMQ": ts(rabbit),
          }),
          "event_producers, the embedded broker": py("event_producers", embedded),
          "Publisher (TypeScript), the embedded broker": ts(embedded),
        },
        baseline,
        rounds,
        budgets: { "Publisher (TypeScript), the embedded broker": 10 },
      }),
    ];
  } finally {
    await embedded.stop();
  }
}
