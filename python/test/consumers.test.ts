/** The specification's consumers, FastStream and aio-pika, as a user writes them, beside ours on one bus. */
import { Consumer, Publisher, RawPublisher } from "@33god/bloodbank";
import { afterEach, expect, test } from "vitest";
import { eventually } from "../../bloodbank/client/test/support/eventually.js";
import { catalog, onEachBus } from "./support/bus.js";
import { type Program, type ProgramOptions, programs, runPython, startPython } from "./support/python.js";

const artifact = (file_path: string) => ({ artifact_type: "document", file_path });

onEachBus("the specification's examples", (bus) => {
  const running: { stop(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of running.splice(0).reverse()) await one.stop();
  });

  async function start(argv: readonly string[], env: Record<string, string> = {}, more: ProgramOptions = {}) {
    const program = startPython(argv, { ...more, env: { RABBITMQ_URL: bus().url, ...env } });
    running.push(program);
    await program.said("ready");
    return program;
  }

  async function publisher(): Promise<Publisher> {
    const one = new Publisher(bus().options);
    await one.start();
    running.push({ stop: () => one.close() });
    return one;
  }

  async function rawPublisher(): Promise<RawPublisher> {
    const raw = new RawPublisher(bus().options);
    await raw.start();
    running.push({ stop: () => raw.close() });
    return raw;
  }

  const handled = (program: Program, eventId: string) =>
    eventually(() => {
      if (program.exitCode !== null) throw new Error(`ended with ${program.exitCode}: ${program.errors}`);
      return program.lines.includes(`handled ${eventId}`);
    }, `handled ${eventId}; ${program.errors}`);

  test("a FastStream consumer gets what TypeScript and Python publish", async () => {
    const consumer = await start(["faststream_consumer.py"]);
    const { event, routed } = await (await publisher()).publish("artifact.created", artifact("/ts.md"));
    expect(routed).toBe(true);
    await handled(consumer, event.event_id);
    const said = await runPython(["publish_artifact.py", "/py.md"], { env: { RABBITMQ_URL: bus().url } });
    await handled(consumer, said.replace("published ", ""));
  });

  test("`faststream run` starts it, and ends it without losing what waits", async () => {
    const env = { QUEUE: "services.my.run", ROUTING_KEY: "feature.brainstorm.requested" };
    const argv = ["-m", "faststream", "run", "faststream_consumer:app"];
    const first = await start([...argv, "--reload"], env, { cwd: programs });
    const ask = () => runPython(["request_brainstorm.py"], { env: { RABBITMQ_URL: bus().url } });
    await handled(first, (await ask()).replace("published ", ""));
    await first.stop();
    const waiting = (await ask()).replace("published ", "");
    await handled(await start(argv, env, { cwd: programs }), waiting);
  });

  test("an aio-pika consumer gets them, and its rejected ones are in its own dead letters", async () => {
    const consumer = await start(["aio_pika_consumer.py"], { QUEUE: "my_queue" });
    const bench = await publisher();
    const broken = await bench.publish("artifact.created", artifact("/broken.md"));
    const right = await bench.publish("artifact.updated", artifact("/right.md"));
    await handled(consumer, right.event.event_id);
    const dead = await (await bus().tap("my_queue_dlq")).find(
      ({ properties }) => properties.messageId === broken.event.event_id,
    );
    expect(dead.headers["x-death"]).toMatchObject([
      {
        queue: "my_queue",
        reason: "rejected",
        exchange: "bloodbank.events.v1",
        "routing-keys": ["artifact.created"],
      },
    ]);
  });

  test("what a FastStream consumer rejects lands in the dead letters by the platform's policy", async () => {
    const queue = "services.my.rejects";
    const consumer = await start(["faststream_consumer.py"], { QUEUE: queue });
    await bus().keepDeadLetters(queue);
    const bench = await publisher();
    const broken = await bench.publish("artifact.created", artifact("/broken.md"));
    const right = await bench.publish("artifact.created", artifact("/right.md"));
    await handled(consumer, right.event.event_id);
    const dead = await (await bus().tap(`${queue}.dlq`)).find(
      ({ properties }) => properties.messageId === broken.event.event_id,
    );
    expect(JSON.parse(Buffer.from(dead.body).toString())).toEqual(broken.event);
    expect(dead.headers["x-death"]).toMatchObject([{ queue, reason: "rejected", count: 1 }]);
  });

  test("a queue that FastStream declared first is shared with our consumer", async () => {
    const queue = "services.my.shared";
    const theirs = await start(["faststream_consumer.py"], { QUEUE: queue });
    await shares(queue, theirs);
  });

  test("a queue that our consumer declared first is shared with FastStream", async () => {
    const queue = "services.my.shared_too";
    const got = await ours(queue);
    const theirs = await start(["faststream_consumer.py"], { QUEUE: queue });
    await shares(queue, theirs, got);
  });

  async function ours(queue: string): Promise<string[]> {
    const got: string[] = [];
    const consumer = new Consumer(bus().options, { queue }).on("artifact.created", ({ event_id }) => {
      got.push(event_id);
    });
    await consumer.start();
    running.push({ stop: () => consumer.close() });
    return got;
  }

  /** Each gets its part of what is published, and together they get all of it, once. */
  async function shares(queue: string, theirs: Program, mine?: string[]): Promise<void> {
    const got = mine ?? (await ours(queue));
    const bench = await publisher();
    const published = await Promise.all(
      Array.from({ length: 40 }, (_, i) => bench.publish("artifact.created", artifact(`/shared/${i}.md`))),
    );
    const all = () => [
      ...got,
      ...theirs.lines.filter((line) => line.startsWith("handled ")).map((l) => l.slice(8)),
    ];
    await eventually(() => all().length >= published.length, "all of the shared events");
    expect(all().sort()).toEqual(published.map(({ event }) => event.event_id).sort());
    expect(got.length).toBeGreaterThan(0);
    expect(got.length).toBeLessThan(published.length);
  }

  test("the FastStream middleware names causes, and keeps broken events from the handler", async () => {
    const queue = "services.my.chain";
    const consumer = await start(["faststream_chain.py"], { QUEUE: queue });
    await bus().keepDeadLetters(queue);
    const effects = await bus().tap("python.effects", "artifact.updated");
    const raw = await rawPublisher();
    // Past the admission, as from a RabbitMQ that has none: straight into the queue.
    const broken = Buffer.from('{"event_type":"artifact.created","payload":{}}');
    await raw.send({ exchange: "", routingKey: queue, body: broken, properties: { messageId: "broken" } });
    const right = Buffer.from(JSON.stringify(catalog.get("artifact.created")!.examples[0]));
    const headers = { "x-original-routing-key": "artifact.updated" };
    const properties = { messageId: "misrouted" };
    await raw.send({ exchange: "", routingKey: queue, body: right, properties, headers });
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const cause = await (await publisher()).publish("artifact.created", artifact("/chain.md"), {
      headers: { traceparent },
    });
    const effect = await effects.find(({ body }) => Buffer.from(body).toString().includes("/chain.md"));
    expect(JSON.parse(Buffer.from(effect.body).toString()).correlation_ids).toEqual([cause.event.event_id]);
    expect(effect.properties.correlationId).toBe(cause.event.event_id);
    expect(effect.headers.traceparent).toBe(traceparent);
    const dead = await bus().tap(`${queue}.dlq`);
    for (const messageId of ["broken", "misrouted"])
      await dead.find(({ properties }) => properties.messageId === messageId);
    expect(consumer.lines.filter((line) => line.startsWith("handled"))).toEqual([
      `handled ${cause.event.event_id}`,
    ]);
  });

  test("the middleware that only names causes passes on what is no event", async () => {
    const queue = "services.my.anything";
    const consumer = await start(["faststream_chain.py"], { QUEUE: queue });
    const raw = await rawPublisher();
    const [event] = catalog.get("artifact.created")!.examples;
    for (const body of [[1], 5, null, {}, { event_id: "no id" }, event])
      await raw.send({
        exchange: "",
        routingKey: `${queue}.open`,
        body: Buffer.from(JSON.stringify(body)),
        properties: { contentType: "application/json" },
      });
    const took = () => consumer.lines.filter((line) => line.startsWith("took "));
    await eventually(() => took().length === 6, "all six");
    const id = (event as { event_id: string }).event_id;
    expect(took().map((line) => line.split(" ").slice(-1)[0])).toEqual([...Array(5).fill("event"), id]);
  });

  test("an envelope that Python made passes a plain JSON Schema validator", async () => {
    const said = await runPython([
      "-c",
      `
import json
from jsonschema import validate
from event_producers.contracts import default_catalog
from event_producers.events.base import create_envelope, Source, TriggerType
catalog = default_catalog()
schema = json.loads((catalog.contracts[0].file.parents[1] / "core/event-envelope.v1.schema.json").read_text())
envelope = create_envelope("artifact.created", {}, Source(host="h", type=TriggerType.AGENT, app="a"))
validate(envelope.model_dump(mode="json"), schema)
print("valid")
`,
    ]);
    expect(said).toBe("valid");
  });
});
