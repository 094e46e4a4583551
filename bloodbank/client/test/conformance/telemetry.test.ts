import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { afterAll, expect, test } from "vitest";
import {
  CONVENTIONS_VERSION,
  Consumer,
  correlationHeaders,
  type EventEnvelope,
  NonRetryable,
  Publisher,
  RawConsumer,
  WorkConsumer,
  whileCausedBy,
} from "../../src/index.js";
import { artifactCreated, meetingCreated, meetingStarted, thingDone } from "../support/catalog.js";
import { eventually } from "../support/eventually.js";
import { onEachEngine } from "../support/on-each-engine.js";

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const contexts = new AsyncLocalStorageContextManager().enable();

afterAll(async () => {
  context.disable();
  trace.disable();
  await provider.shutdown();
});

const spans = (name: string | RegExp): ReadableSpan[] =>
  exporter.getFinishedSpans().filter((span) => span.name.match(name) !== null);

// Before the SDK is installed: a tracer that met it keeps it.
onEachEngine("telemetry without an SDK", (fixture) => {
  test("a trace that a message carries goes on through queues and handlers", async () => {
    const publisher = new Publisher(fixture().options);
    await publisher.start();
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const seen: Record<string, string>[] = [];
    const first = new Consumer(fixture().options, { queue: "services.trace.passed" }).on(
      artifactCreated,
      async () => {
        await publisher.publish(meetingCreated, {});
      },
    );
    const second = new Consumer(fixture().options, { queue: "services.trace.on" }).on(meetingCreated, () => {
      seen.push(correlationHeaders());
    });
    await Promise.all([first.start(), second.start()]);
    await publisher.publish(artifactCreated, {}, { headers: { traceparent, tracestate: "vendor=1" } });
    const [headers] = await eventually(() => seen.length > 0 && seen);
    expect(headers).toMatchObject({
      traceparent,
      tracestate: "vendor=1",
      "x-bloodbank-event-type": "theboard.meeting.created",
    });
    await Promise.all([first.close(), second.close(), publisher.close()]);
  });

  test("a request that a handler makes carries its event, and what is published for it names that event as its cause", async () => {
    const publisher = new Publisher(fixture().options);
    await publisher.start();
    const answers: EventEnvelope[] = [];
    const server = createServer((request, response) => {
      whileCausedBy(request.headers, async () => {
        const { event } = await publisher.publish(meetingStarted, {});
        answers.push(event);
      }).finally(() => response.end());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const consumer = new Consumer(fixture().options, { queue: "services.trace.http" }).on(
      meetingCreated,
      async () => {
        await fetch(address, { method: "POST", headers: correlationHeaders() });
      },
    );
    await consumer.start();
    const { event } = await publisher.publish(meetingCreated, {});
    await eventually(() => answers.length === 1);
    expect(answers[0]?.correlation_ids).toEqual([event.event_id]);
    // A stranger's header that is no id names no cause.
    await fetch(address, { headers: { "x-bloodbank-event-id": "not an id" } });
    expect(answers[1]?.correlation_ids).toEqual([]);
    server.closeAllConnections();
    server.close();
    await Promise.all([consumer.close(), publisher.close()]);
  });
});

onEachEngine("telemetry", (fixture) => {
  test("one trace reaches from a webhook over work queue and handlers to the store, which links its batches to it", async () => {
    trace.setGlobalTracerProvider(provider);
    context.setGlobalContextManager(contexts);
    exporter.reset();
    const publisher = new Publisher(fixture().options);
    await publisher.start();
    const recorded = new Set<string>();
    const store = new RawConsumer(fixture().options, {
      queue: "trace.store",
      bindings: ["#"],
      onBatch: async (batch) => {
        for (const { properties } of batch) recorded.add(String(properties.type));
      },
    });
    const effects: EventEnvelope[] = [];
    const processor = new Consumer(fixture().options, { queue: "services.trace.processor" })
      .on(artifactCreated, async () => {
        await publisher.publish(thingDone, {});
      })
      .on(thingDone, (event) => {
        effects.push(event);
        throw new NonRetryable("no thanks");
      });
    const worker = new WorkConsumer(fixture().options, {
      queue: "services.trace.webhook",
      handler: async () => {
        await publisher.publish(artifactCreated, {});
      },
    });
    await Promise.all([store.start(), processor.start(), worker.start()]);

    // The door: a span of the HTTP server, as the platform makes it.
    const door = trace.getTracer("door").startSpan("POST /webhooks/fireflies", { kind: SpanKind.SERVER });
    await context.with(trace.setSpan(context.active(), door), () =>
      publisher.sendToQueue("services.trace.webhook", "{}"),
    );
    door.end();

    await eventually(() => recorded.has("test.thing.done") && effects.length === 1);
    await Promise.all([store.close(), processor.close(), worker.close(), publisher.close()]);

    const { traceId } = door.spanContext();
    const chain = [
      "POST /webhooks/fireflies",
      "publish services.trace.webhook",
      "process services.trace.webhook",
      "publish bloodbank.events.v1:artifact.created",
      "process bloodbank.events.v1:artifact.created:services.trace.processor",
      "publish bloodbank.events.v1:test.thing.done",
      "process bloodbank.events.v1:test.thing.done:services.trace.processor",
    ];
    let parent: string | undefined;
    for (const name of chain) {
      const [span] = exporter.getFinishedSpans().filter((each) => each.name === name);
      expect(span?.spanContext().traceId, name).toBe(traceId);
      expect(span?.parentSpanContext?.spanId, name).toBe(parent);
      parent = span?.spanContext().spanId;
    }
    const links = spans(/^process trace\.store$/).flatMap((span) => span.links);
    const published = spans(/^publish bloodbank/).map((span) => span.spanContext().spanId);
    expect(links.map((link) => link.context.spanId).sort()).toEqual(published.sort());

    const [failed] = spans(/^process .*test\.thing\.done/);
    expect(failed?.status.code).toBe(SpanStatusCode.ERROR);
    expect(failed?.attributes).toMatchObject({
      "messaging.system": "rabbitmq",
      "messaging.operation.type": "process",
      "messaging.rabbitmq.destination.routing_key": "test.thing.done",
      "messaging.message.id": effects[0]?.event_id,
      "error.type": "NON_RETRYABLE",
    });
    const [sent] = spans(/^publish bloodbank.*artifact/);
    expect(sent?.kind).toBe(SpanKind.PRODUCER);
    expect(sent?.instrumentationScope.schemaUrl).toBe(
      `https://opentelemetry.io/schemas/${CONVENTIONS_VERSION}`,
    );
    context.disable();
    trace.disable();
  });
});
