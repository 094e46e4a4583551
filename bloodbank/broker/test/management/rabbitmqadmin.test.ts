/** RabbitMQ's own command line tool, as its management plugin serves it, at work on the embedded broker. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Engine, startOurs } from "./api.js";

const run = promisify(execFile);
const { TEST_RABBITMQ_MANAGEMENT_URL } = process.env;
const python = process.env.TEST_PYTHON ?? "python3";

describe.skipIf(!TEST_RABBITMQ_MANAGEMENT_URL)("rabbitmqadmin", () => {
  let engine: Engine;
  let folder: string;
  let script: string;

  beforeAll(async () => {
    engine = await startOurs();
    folder = await mkdtemp(path.join(tmpdir(), "rabbitmqadmin-"));
    script = path.join(folder, "rabbitmqadmin");
    const response = await fetch(`${new URL(TEST_RABBITMQ_MANAGEMENT_URL ?? "").origin}/cli/rabbitmqadmin`);
    await writeFile(script, await response.text());
  });

  afterAll(async () => {
    await engine.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function admin(...args: readonly string[]): Promise<string> {
    const { hostname, port } = new URL(engine.api.origin);
    const { stdout } = await run(python, [script, "-H", hostname, "-P", port, ...args]);
    return stdout.trim();
  }

  const list = async (...args: readonly string[]) =>
    JSON.parse(await admin("-f", "raw_json", "list", ...args));

  it("declares, lists and deletes", async () => {
    expect(await admin("declare", "exchange", "name=x", "type=topic")).toBe("exchange declared");
    expect(await admin("declare", "queue", "name=q", 'arguments={"x-max-length":5}')).toBe("queue declared");
    expect(await admin("declare", "binding", "source=x", "destination=q", "routing_key=a.#")).toBe(
      "binding declared",
    );
    expect(await list("queues", "name", "durable", "arguments")).toEqual([
      { name: "q", durable: true, arguments: { "x-max-length": 5 } },
    ]);
    expect(await list("exchanges")).toEqual(
      expect.arrayContaining([expect.objectContaining({ name: "x", type: "topic" })]),
    );
    expect(await list("bindings")).toHaveLength(2);
    expect(
      await admin(
        "delete",
        "binding",
        "source=x",
        "destination_type=queue",
        "destination=q",
        "properties_key=a.%23",
      ),
    ).toBe("binding deleted");
    expect(await admin("delete", "exchange", "name=x")).toBe("exchange deleted");
    expect(await admin("delete", "queue", "name=q")).toBe("queue deleted");
    expect(await list("queues")).toEqual([]);
  });

  it("publishes, gets and purges", async () => {
    await admin("declare", "queue", "name=box");
    expect(await admin("publish", "routing_key=box", "payload=hello", "exchange=amq.default")).toBe(
      "Message published",
    );
    expect(await admin("publish", "routing_key=nowhere", "payload=hello")).toBe(
      "Message published but NOT routed",
    );
    const get = async (ackmode: string) =>
      JSON.parse(await admin("-f", "raw_json", "get", "queue=box", `ackmode=${ackmode}`));
    expect(await get("ack_requeue_true")).toMatchObject([{ payload: "hello", redelivered: false }]);
    expect(await get("ack_requeue_false")).toMatchObject([{ payload: "hello", redelivered: true }]);
    await admin("publish", "routing_key=box", "payload=again");
    expect(await admin("purge", "queue", "name=box")).toBe("queue purged");
    expect(await get("ack_requeue_false")).toEqual([]);
    await admin("delete", "queue", "name=box");
  });

  it("manages virtual hosts, users, permissions and policies", async () => {
    await admin("declare", "vhost", "name=v");
    await admin("declare", "user", "name=u", "password=p", "tags=monitoring");
    await admin("declare", "permission", "vhost=v", "user=u", "configure=.*", "write=.*", "read=.*");
    await admin(
      "declare",
      "policy",
      "name=p",
      "pattern=^q",
      'definition={"max-length":3}',
      "apply-to=queues",
    );
    await admin("declare", "operator_policy", "name=o", "pattern=^q", 'definition={"max-length":2}');
    expect(await list("policies")).toMatchObject([
      { name: "p", "apply-to": "queues", definition: { "max-length": 3 } },
    ]);
    expect(await list("operator_policies")).toMatchObject([{ name: "o" }]);
    expect((await list("users")).map(({ name }: { name: string }) => name).sort()).toEqual(["guest", "u"]);
    expect(await list("permissions")).toHaveLength(3);
    const { hostname, port } = new URL(engine.api.origin);
    const asUser = await run(python, [
      script,
      "-H",
      hostname,
      "-P",
      port,
      "-u",
      "u",
      "-p",
      "p",
      "show",
      "overview",
    ]);
    expect(asUser.stdout).toContain("rabbitmq_version");
    await admin("delete", "policy", "name=p");
    await admin("delete", "operator_policy", "name=o");
    await admin("delete", "user", "name=u");
    await admin("delete", "vhost", "name=v");
    expect(await list("vhosts", "name")).toEqual([{ name: "/" }]);
  });

  it("exports definitions and imports them again", async () => {
    const file = path.join(folder, "definitions.json");
    await admin("declare", "queue", "name=kept", "durable=true");
    await admin("declare", "user", "name=someone", "password=secret", "tags=management");
    await admin("export", file);
    expect(JSON.parse(await readFile(file, "utf8")).queues).toMatchObject([{ name: "kept", vhost: "/" }]);
    await admin("delete", "queue", "name=kept");
    await admin("delete", "user", "name=someone");
    await admin("import", file);
    expect(await list("queues", "name")).toEqual([{ name: "kept" }]);
    expect((await engine.api.as("someone", "secret").get("/whoami")).body.name).toBe("someone");
  });

  it("shows nodes, connections, channels and consumers", async () => {
    expect(await list("nodes", "name")).toHaveLength(1);
    for (const kind of ["connections", "channels", "consumers", "parameters"])
      expect(await list(kind)).toEqual([]);
  });
});
