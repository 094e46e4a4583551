/** The management API of a cluster: whichever node answers is asked. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { loadConfig } from "../src/config/load.js";
import { ManagementClient } from "../src/management/client.js";
import { httpDoor } from "../src/management/doors.js";

const servers: Server[] = [];
const shut = (server: Server) =>
  new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
afterEach(async () => {
  for (const server of servers.splice(0)) await shut(server);
});

async function node(name: string, port = 0) {
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization);
    response.end(JSON.stringify([{ name }]));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return { server, seen, port: (server.address() as AddressInfo).port };
}

test("a node that is gone is left for the next one, which is then asked first; none left is an error with its address", async () => {
  const [one, two] = [await node("one"), await node("two")];
  const urls = [`http://ada:first@127.0.0.1:${one.port}/`, `http://bob:second@127.0.0.1:${two.port}/prefix/`];
  const client = new ManagementClient(urls.map(httpDoor), "/");
  const names = async () => (await client.nodes()).map(({ name }) => name);
  expect(await names()).toEqual(["one"]);
  await shut(one.server);
  expect(await Promise.all([names(), names(), names()])).toEqual([["two"], ["two"], ["two"]]);
  expect(client.origin).toBe(`http://127.0.0.1:${two.port}/prefix`);
  await node("one again", one.port);
  expect(await names()).toEqual(["two"]);
  expect(new Set(two.seen)).toEqual(new Set([`Basic ${btoa("bob:second")}`]));
  await shut(two.server);
  expect(await names()).toEqual(["one again"]);
  for (const server of servers.splice(0)) await shut(server);
  await expect(names()).rejects.toMatchObject({ code: "MANAGEMENT_UNAVAILABLE" });
});

test("RABBITMQ_MANAGEMENT_URL takes several addresses, and shows none of their passwords", () => {
  const env = { RABBITMQ_MANAGEMENT_URL: "http://u:hidden@one:15672/, https://u:hidden@two/" };
  const { config, settings } = loadConfig(env);
  expect(config.rabbitmqManagementUrls).toHaveLength(2);
  expect(JSON.stringify(settings)).not.toContain("hidden");
  expect(() => loadConfig({ RABBITMQ_MANAGEMENT_URL: "http://one/,amqp://two/" })).toThrow("amqp://two/");
});
