/** The configuration: one table, checked, each value with where it came from. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { loadConfig } from "../src/config/load.js";
import { editDistance, nearestName } from "../src/config/nearest.js";
import { StartError } from "../src/errors.js";

const faults = (env: Record<string, string>): string => {
  try {
    loadConfig(env);
    return "";
  } catch (error) {
    expect(error).toBeInstanceOf(StartError);
    expect((error as StartError).exitCode).toBe(78);
    return (error as Error).message;
  }
};
const setting = (env: Record<string, string>, name: string) =>
  loadConfig(env).settings.find((one) => one.name === name);

test("nothing set: one machine, loopback, the ports of the house, and folders below where one is", () => {
  const { config, warnings } = loadConfig({}, "/somewhere");
  expect(config).toMatchObject({
    rabbitmqUrls: [],
    databaseUrl: undefined,
    exchange: "bloodbank.events.v1",
    host: "127.0.0.1",
    httpPort: { number: 8682, explicit: false },
    amqpPort: { number: 5672, explicit: false },
    managementPort: { number: 15672, explicit: false },
    dataDir: path.resolve("/somewhere/.bloodbank"),
    admission: "enforce",
  });
  expect(warnings).toEqual([]);
});

test("each value has its origin, and a secret is never shown", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "bloodbank-config-"));
  const file = path.join(folder, "key");
  writeFileSync(file, "from-a-file\n");
  const env = {
    RABBITMQ_URL: "amqp://user:password@one/v,amqp://user:password@two/v",
    FIREFLIES_API_KEY_FILE: file,
    GITHUB_WEBHOOK_SECRET: "secret",
    LOG_LEVEL: "DEBUG",
  };
  expect(loadConfig(env).config).toMatchObject({ fireflies: { apiKey: "from-a-file" }, logLevel: "debug" });
  expect(loadConfig(env).config.rabbitmqUrls).toHaveLength(2);
  expect(setting(env, "FIREFLIES_API_KEY")).toMatchObject({ origin: "file", value: "***" });
  expect(setting(env, "GITHUB_WEBHOOK_SECRET")).toMatchObject({ origin: "env", value: "***" });
  expect(setting(env, "BLOODBANK_HOST")).toMatchObject({ origin: "default", value: "127.0.0.1" });
  expect(setting({ DATABASE_URL: "postgres://h/db?password=pw" }, "DATABASE_URL")?.value).not.toContain("pw");
  expect(JSON.stringify(loadConfig(env).settings)).not.toMatch(/password|"secret"|from-a-file/);
  rmSync(folder, { recursive: true });
});

test("a bad value is told with the variable and the value, without the password in it", () => {
  expect(faults({ BLOODBANK_AMQP_PORT: "65536" })).toBe(
    'BLOODBANK_AMQP_PORT: "65536" is not a port from 0 to 65535',
  );
  expect(faults({ RABBITMQ_URL: "http://u:pw@host" })).not.toContain("pw");
  expect(faults({ RABBITMQ_URL: "amqp://u:pw%@host" })).toMatch(/% in its user or password(?!.*pw)/);
  expect(faults({ RABBITMQ_URL: "amqp://a/x,amqp://b/y" })).toContain("different virtual hosts");
  expect(faults({ DATABASE_URL: "mysql://host/db" })).toContain("postgres://");
  expect(faults({ BLOODBANK_EXCHANGE_TYPE: "fanout" })).toContain("events need topic");
  expect(faults({ BLOODBANK_ADMISSION: "perhaps" })).toContain("enforce, quarantine, off");
  expect(faults({ BLOODBANK_TLS_CERT: "cert.pem" })).toContain("BLOODBANK_TLS_KEY");
  expect(faults({ EVENT_STORE_MANAGER_DLQ: "event_store_manager_queue" })).toContain("as well");
  expect(faults({ FIREFLIES_API_KEY_FILE: "/no/such/file" })).toContain("FIREFLIES_API_KEY_FILE");
  expect(faults({ BLOODBANK_QUEUE_TYPE: "stream", LOG_LEVEL: "loud" }).split("\n")).toHaveLength(2);
});

test("an unknown name of ours is a warning with the nearest known one, and no fault", () => {
  const { warnings } = loadConfig({
    BLOODBANK_PORT_8682_TCP: "tcp://10.0.0.1",
    BLOODBANK_HTTP_PROT: "1",
    OTHER: "x",
  });
  expect(warnings).toEqual([
    "BLOODBANK_HTTP_PROT is not a variable of Bloodbank; did you mean BLOODBANK_HTTP_PORT?",
    "BLOODBANK_PORT_8682_TCP is not a variable of Bloodbank",
  ]);
});

test("distances count insertions, deletions, replacements and swaps of neighbours", () => {
  expect(editDistance("", "abc")).toBe(3);
  expect(editDistance("kitten", "sitting")).toBe(3);
  expect(editDistance("prot", "port")).toBe(1);
  expect(nearestName("zzz", ["BLOODBANK_HOST"])).toBeUndefined();
});
