import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { catalog } from "../../service-kit/test/support/catalog.js";
import {
  checkBindings,
  loadRegistry,
  overlap,
  queuesOf,
  startable,
  toSarif,
  withDerivedSections,
} from "../src/index.js";

const file = fileURLToPath(new URL("../../registry.yaml", import.meta.url));
const eventTypes = [...new Set(catalog.contracts.map(({ eventType }) => eventType))];
const text = readFileSync(file, "utf8");
const folder = mkdtempSync(path.join(tmpdir(), "registry-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function check(changed: string) {
  const copy = path.join(folder, "registry.yaml");
  writeFileSync(copy, changed);
  writeFileSync(
    path.join(folder, "registry.schema.json"),
    readFileSync(new URL("../../registry.schema.json", import.meta.url)),
  );
  return loadRegistry(copy, { eventTypes });
}

/** With one thing changed, and the derived sections as they follow from it. */
const changed = (from: string, to: string) => {
  if (!text.includes(from)) throw new Error(`the registry has no ${from}`);
  return check(withDerivedSections(text.replace(from, to)));
};

describe("the registry of this repository", () => {
  const { registry, findings } = loadRegistry(file, { eventTypes, code: true });

  test("has no error, in itself and against contracts and code", () => {
    expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  test("has derived sections as they are derived", () => {
    expect(withDerivedSections(text)).toBe(text);
  });

  test("starts the three services of the transcript pipeline", () => {
    const names = registry === undefined ? [] : startable(registry).map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        "fireflies-webhook",
        "fireflies-transcript-processor",
        "fireflies-transcript-notifier",
      ]),
    );
  });

  test("binds the n-th of several queues with the n-th routing key", () => {
    const entry = registry?.services["theboard-meeting-trigger"];
    expect(entry && queuesOf(entry)).toContainEqual({
      queue: "services.theboard.feature_brainstorm",
      routingKeys: ["feature.brainstorm.requested"],
    });
  });
});

describe("what is wrong is found, with its line", () => {
  const line = (part: string) => text.slice(0, text.indexOf(part)).split("\n").length;

  test.each([
    ["queue_name: services.llm.collector", "queue_name: llm-collector", "QUEUE_NAME"],
    ["queue_name: services.llm.collector", "queue_name: services.llm.cost_calculator", "QUEUE_DUPLICATE"],
    ["    name: llm-collector", "    name: llm-colector", "NAME_MISMATCH"],
    ['      - "llm.*"', '      - "llms.*"', "UNKNOWN_ROUTING_KEY"],
    ["      - github.pr.created", "      - github.pr.opened", "UNKNOWN_PRODUCED"],
  ])("%j → %j is %s", (from, to, rule) => {
    const { findings } = changed(from, to);
    expect(findings.map((finding) => finding.rule)).toContain(rule);
    const found = findings.find((finding) => finding.rule === rule);
    expect(found?.line).toBeGreaterThan(1);
  });

  test("a service that consumes what nobody produces", () => {
    const { findings } = changed("      - tts.response.completed\n", "      - session.started\n");
    expect(findings).toContainEqual(
      expect.objectContaining({ rule: "NOBODY_PRODUCES", severity: "warning" }),
    );
    const without = changed("      - transcription.voice.completed\n      - worktree", "      - worktree");
    expect(without.findings).toContainEqual(
      expect.objectContaining({ rule: "NEVER_PRODUCED", service: "tonny-agent", severity: "error" }),
    );
  });

  test("derived sections that disagree with the services", () => {
    const { findings } = check(text.replace("    - llm-cost-calculator\n  session", "  session"));
    expect(findings).toMatchObject([
      { rule: "DERIVED_SECTION", pointer: "/event_subscriptions/llm.*", line: expect.any(Number) },
    ]);
  });

  test("a shape that is not the schema's, and YAML that is none", () => {
    const { registry, findings } = check(text.replace("status: planned", "status: someday"));
    expect(registry).toBeUndefined();
    expect(findings[0]).toMatchObject({ rule: "SHAPE", line: line("status: planned") });
    expect(check("services: [").findings[0]).toMatchObject({ rule: "MALFORMED_YAML", line: 1 });
    expect(check("a: 1\na: 2\n").findings[0]).toMatchObject({ rule: "MALFORMED_YAML", line: 2 });
    expect(loadRegistry(path.join(folder, "none.yaml")).findings[0]).toMatchObject({ rule: "UNREADABLE" });
    const alone = mkdtempSync(path.join(folder, "alone-"));
    writeFileSync(path.join(alone, "registry.yaml"), text);
    for (const schema of [undefined, "{", '{"type":"nothing"}']) {
      const beside = path.join(alone, "registry.schema.json");
      if (schema !== undefined) writeFileSync(beside, schema);
      expect(loadRegistry(path.join(alone, "registry.yaml"))).toMatchObject({
        registry: undefined,
        findings: [
          {
            rule: "UNREADABLE",
            message: expect.stringContaining(beside),
            hint: expect.stringContaining("beside registry.yaml"),
          },
        ],
      });
    }
  });

  test("and an entry as the specification writes one is none of it", () => {
    const entry = `  my-new-service:
    name: "my-new-service"
    description: "Processes X events and does Y"
    type: "event-consumer"
    queue_name: "services.artifact.my_service"
    routing_keys:
      - "artifact.created"
    status: "active"
    owner: "33GOD"
    produces:
      - "artifact.updated"
`;
    const { registry, findings } = changed("  external:\n", `${entry}\n  external:\n`);
    expect(registry?.services["my-new-service"]?.layer).toBe("processors");
    expect(registry?.topology.processors).toContain("my-new-service");
    expect(findings.filter(({ service }) => service === "my-new-service")).toMatchObject([
      { rule: "ROLE_MISMATCH", severity: "warning", hint: expect.stringContaining("event-producer") },
    ]);
  });

  test("code that is not there", () => {
    const copy = path.join(folder, "registry.yaml");
    check(text);
    const { findings } = loadRegistry(copy, { eventTypes, code: true });
    expect(findings.map(({ rule }) => rule)).toContain("RUN_MISSING");
  });
});

describe("the registry against a running broker", () => {
  const { registry } = loadRegistry(file);
  if (registry === undefined) throw new Error("the registry cannot be read");
  const active = Object.values(registry.services).filter(
    ({ status, external }) => status === "active" && !external,
  );
  const queues = active.flatMap(queuesOf);
  const names = queues.map(({ queue }) => queue);
  const bindings = queues.flatMap(({ queue, routingKeys }) =>
    routingKeys.map((routingKey) => ({ queue, routingKey })),
  );

  test("has no findings where the broker agrees", () => {
    expect(checkBindings(registry, names, bindings)).toEqual([]);
  });

  test("follows the variable that names a queue", () => {
    const renamed = (queue: string) => (queue === "event_store_manager_queue" ? "events" : queue);
    const elsewhere = bindings.map(({ queue, routingKey }) => ({ queue: renamed(queue), routingKey }));
    const now = { EVENT_STORE_MANAGER_QUEUE: "events" };
    expect(checkBindings(registry, names.map(renamed), elsewhere, now)).toEqual([]);
  });

  test("finds queues that are missing, bindings that differ, and strangers", () => {
    const [first, ...others] = bindings;
    const found = checkBindings(registry, names, [
      ...others,
      { queue: "services.fireflies.webhook", routingKey: "fireflies.#" },
      { queue: "stranger", routingKey: "#" },
    ]);
    expect(first?.routingKey).toBe("#");
    expect(found.map(({ rule, severity }) => [rule, severity])).toEqual([
      ["LIVE_BINDING", "error"],
      ["LIVE_BINDING", "error"],
      ["LIVE_UNREGISTERED", "warning"],
    ]);
    expect(checkBindings(registry, names.slice(1), others).map(({ rule }) => rule)).toEqual(["LIVE_QUEUE"]);
  });
});

test("findings become SARIF with rules, levels and places", () => {
  const { findings } = changed("queue_name: services.llm.collector", "queue_name: llm-collector");
  expect(toSarif(findings, "services/registry.yaml")).toMatchObject({
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { rules: expect.arrayContaining([expect.objectContaining({ id: "QUEUE_NAME" })]) } },
        results: [
          {
            ruleId: "QUEUE_NAME",
            level: "error",
            locations: [{ physicalLocation: { region: { startLine: expect.any(Number) } } }],
          },
        ],
      },
    ],
  });
});

describe("two patterns overlap when an event type matches both", () => {
  test.each([
    ["a.b", "a.b", true],
    ["a.*", "a.b", true],
    ["a.*", "a.b.c", false],
    ["a.#", "a", true],
    ["#", "a.b.c", true],
    ["*.b", "a.*", true],
    ["a.#.d", "a.b.c.d", true],
    ["a.#", "#.b", true],
    ["a.b", "a.c", false],
  ])("%s and %s: %s", (one, other, expected) => {
    expect(overlap(one, other)).toBe(expected);
    expect(overlap(other, one)).toBe(expected);
  });

  test("is the same as matching, for a pattern and an event type", () => {
    const word = fc.constantFrom("a", "b");
    const matches = (pattern: string, type: string) =>
      new RegExp(
        `^${pattern
          .split(".")
          .map((part) => (part === "#" ? "(?:\\.[ab])*" : part === "*" ? "\\.[ab]" : `\\.${part}`))
          .join("")}$`,
      ).test(`.${type}`);
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("a", "b", "*", "#"), { minLength: 1, maxLength: 5 }),
        fc.array(word, { minLength: 1, maxLength: 5 }),
        (pattern, type) => {
          expect(overlap(pattern.join("."), type.join("."))).toBe(matches(pattern.join("."), type.join(".")));
        },
      ),
    );
  });
});
