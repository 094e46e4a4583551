/** Every metric and label that the dashboard and the alert rules name is one that a running platform really exposes. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { buildProgram } from "../../platform/src/cli/program.js";
import { quietTerminal } from "../../platform/test/cli/support/quiet-terminal.js";
import { onEachEngine } from "../../platform/test/support/on-each-engine.js";
import { eventually, root } from "../../platform/test/support/running-platform.js";
import { asked, exposed, shown } from "./promql.js";

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}
interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly action: string };
}

const folder = path.join(root, "docs/grafana");
const read = (name: string) => readFileSync(path.join(folder, name), "utf8");
const panels: readonly Panel[] = JSON.parse(read("dashboard.json")).panels;
const rules: readonly Rule[] = parse(read("alerts.yaml")).groups.flatMap(
  ({ rules: list }: { rules: Rule[] }) => list,
);

/** Every expression, and the texts that show its labels. */
const expressions = [
  ...panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, legendFormat }) => ({ name: `panel “${title}”`, expr, texts: [legendFormat] })),
  ),
  ...rules.map(({ alert, expr, annotations }) => ({
    name: alert,
    expr,
    texts: Object.values(annotations),
  })),
];
/** What a scrape adds. */
const SCRAPED = ["instance", "job"];

onEachEngine("what is watched", { args: ["--only", "fireflies-webhook"] }, (fixture) => {
  let service: ChildProcess;
  let metrics: ReadonlyMap<string, ReadonlySet<string>>;

  beforeAll(async () => {
    const { api, platform, engine } = fixture();
    const meeting = readFileSync(path.join(root, "examples/fireflies/meeting.json"), "utf8");
    expect((await api.post("/webhooks/fireflies", meeting)).status).toBeLessThan(300);
    expect((await api.post("/events/artifact.created", { artifact_type: 1 })).status).toBe(422);
    const subscription = { url: "https://example.org/hook", types: ["incident.#"] };
    expect((await api.post("/api/v1/webhooks", subscription)).status).toBe(201);

    service = spawn(process.execPath, [path.join(root, "services/agent-feedback-router/dist/main.js")], {
      env: { ...process.env, RABBITMQ_URL: platform.amqp, SERVICE_HTTP_PORT: "0", AGENTFORGE_URL: "" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let log = "";
    service.stdout?.on("data", (text) => {
      log += text;
    });
    const own = await eventually(() => /health at (http:\S+)\/health\/ready/.exec(log)?.[1]);
    const request = { agent_id: "ada", message: "look" };
    expect((await api.post("/events/agent.feedback.requested", request)).status).toBe(202);

    metrics = await eventually(async () => {
      const texts = await Promise.all(
        [platform.http, own].map(async (url) => (await fetch(`${url}/metrics`)).text()),
      );
      const found = exposed(texts.join("\n"));
      // Queues are known as soon as the management API counts them.
      const all =
        found.has("bloodbank_handle_seconds_count") &&
        found.has("bloodbank_queue_ready") &&
        found.has("bloodbank_retries_waiting");
      return all && (engine.admits || !found.has("bloodbank_broker_published_total")) && found;
    });
  });
  afterAll(async () => {
    if (service === undefined || service.exitCode !== null) return;
    const ended = new Promise((resolve) => service.once("exit", resolve));
    service.kill();
    await ended;
  });

  test("every metric is exposed, with the labels that select it; the embedded broker's where it is the bus", () => {
    const missing = expressions.flatMap(({ name, expr }) =>
      asked(expr).flatMap(({ metric, labels }) => {
        const known = metrics.get(metric);
        if (known === undefined) return [`${name}: ${metric}`];
        const strange = labels.filter((label) => !known.has(label) && !SCRAPED.includes(label));
        return strange.map((label) => `${name}: ${metric}{${label}}`);
      }),
    );
    const ofTheBroker = missing.filter((line) => / bloodbank_broker_\w+$/.test(line));
    expect(missing.filter((line) => !ofTheBroker.includes(line))).toEqual([]);
    if (fixture().engine.admits) expect(ofTheBroker).toEqual([]);
    else expect(ofTheBroker).not.toEqual([]);
  });

  test("every label that is grouped by or shown is one of the metric's", () => {
    const strange = expressions.flatMap(({ name, expr, texts }) => {
      const used = asked(expr).map(({ metric }) => metrics.get(metric));
      if (used.includes(undefined)) return [];
      const known = [...SCRAPED, ...used.flatMap((labels) => [...(labels ?? [])])];
      return shown(expr, texts)
        .filter((label) => !known.includes(label))
        .map((label) => `${name}: ${label}`);
    });
    expect(strange).toEqual([]);
  });
});

test("no panel covers another, and each has a number and a title of its own", () => {
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const titled = panels.map(({ title, type }) => `${type} ${title}`);
  expect(new Set(titled).size).toBe(titled.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
});

test("an alert says what to do, and the commands that it names are there", async () => {
  const tree = await buildProgram(quietTerminal);
  for (const { alert, annotations, labels } of rules) {
    expect(annotations.action, alert).not.toBe("");
    expect(["critical", "warning"], alert).toContain(labels.severity);
    for (const [, name, sub] of annotations.action.matchAll(/\bbb ([a-z]+)(?: ([a-z]+))?/g)) {
      const command = tree.commands.find((one) => one.name() === name);
      expect(command, `${alert}: bb ${name}`).toBeDefined();
      if (command !== undefined && command.commands.length > 0)
        expect(
          command.commands.map((one) => one.name()),
          alert,
        ).toContain(sub);
    }
  }
});

// A Debian package has it (prometheus); where it is not installed the rules are held against the platform alone.
if (spawnSync("promtool", ["--version"]).status === 0) {
  const promtool = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync("promtool", args, { cwd: folder, encoding: "utf8" });
    return { status, output: stdout + stderr };
  };

  test("promtool finds nothing wrong in the rules, and they fire when they should and only then", () => {
    expect(promtool("check", "rules", "alerts.yaml")).toMatchObject({ status: 0 });
    const { status, output } = promtool("test", "rules", path.join(root, "docs/test/alerts.test.yaml"));
    expect(status, output).toBe(0);
    expect(promtool("check", "config", "--syntax-only", "prometheus.yaml")).toMatchObject({ status: 0 });
  });

  test("promtool can read every expression of the dashboard", () => {
    const own = mkdtempSync(path.join(tmpdir(), "bloodbank-grafana-"));
    try {
      const records = panels.flatMap(({ id, targets = [] }) =>
        targets.map(({ expr }, index) => ({
          record: `panel_${id}_${index}`,
          expr: expr.replaceAll("$__rate_interval", "5m").replaceAll("$instance", ".*"),
        })),
      );
      const file = path.join(own, "dashboard.yaml");
      writeFileSync(file, stringify({ groups: [{ name: "dashboard", rules: records }] }));
      const { status, output } = promtool("check", "rules", file);
      expect(status, output).toBe(0);
    } finally {
      rmSync(own, { recursive: true, force: true });
    }
  });
}
