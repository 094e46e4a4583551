import { spawn } from "node:child_process";
import path from "node:path";
import { root } from "../scripts/bootstrap.mjs";
import { findParts } from "../scripts/test-parts.mjs";
import { compare } from "./harness.mjs";
import { EVENT_TYPE, payload } from "./load/body.mjs";
import { embeddedBroker, load, rabbitmq } from "./subjects.mjs";

/** Runs bench/load/publish.py as a process of its own and gives the one number that it prints. */
function loadPython(interpreter, ...args) {
  return new Promise((resolve, reject) => {
    const child = spawn(interpreter, [path.join(root, "bench/load/publish.py"), ...args.map(String)], {
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

/** Enveloped, validated, confirmed publishing: ours in TypeScript and Python, and the specification's Python stack. */
export default async function python({ rounds, log }) {
  const { env } = await findParts({ provide: false });
  if (env.TEST_PYTHON === undefined)
    throw new Error("no Python with python/requirements-test.txt; set TEST_PYTHON");
  const sample = JSON.stringify({ event_type: EVENT_TYPE, payload });
  const embedded = await embeddedBroker();
  const rabbit = await rabbitmq();
  if (!rabbit) log("no RabbitMQ here: only the embedded broker is measured");
  const results = [];
  try {
    for (const [name, broker] of Object.entries({ "the embedded broker": embedded, RabbitMQ: rabbit })) {
      if (!broker) continue;
      const py = (who) => () => loadPython(env.TEST_PYTHON, who, broker.port, 3_000, 1000, sample);
      results.push(
        await compare({
          title: `validated publish to ${name}, window 1,000: the specification's Python stack, and ours`,
          unit: "events/s",
          subjects: {
            "aio-pika + jsonschema": py("aio-pika"),
            "FastStream + jsonschema": py("faststream"),
            "event_producers (Python)": py("event_producers"),
            "Publisher (TypeScript)": () => load("publisher.mjs", "ours", broker.port, 40_000, 1000),
          },
          baseline: "aio-pika + jsonschema",
          rounds,
          budgets: { "Publisher (TypeScript)": 10 },
        }),
      );
    }
  } finally {
    await embedded.stop();
  }
  return results;
}
