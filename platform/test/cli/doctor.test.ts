/** `bb doctor` against the whole platform on each engine. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import amqplib from "amqplib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../../../bloodbank/client/test/support/eventually.js";
import { onEachEngine } from "../support/on-each-engine.js";
import { commandsOn } from "./support/commands.js";

onEachEngine("bb", { env: { BLOODBANK_WEBHOOK_TARGETS: "any" } }, (fixture) => {
  const { bb, publish, recorded } = commandsOn(fixture);

  describe("doctor", () => {
    let connection: amqplib.ChannelModel;
    let channel: amqplib.Channel;
    beforeAll(async () => {
      connection = await amqplib.connect(fixture().platform.amqp);
      channel = await connection.createChannel();
    });
    afterAll(async () => {
      await connection.close();
    });
    const check = async (name: string) => {
      const { out, err } = await bb(["doctor", "--json", "--interval", "0"]);
      expect(err).toBe("");
      const { checks } = JSON.parse(out) as {
        checks: { check: string; health: string; message: string; hint?: string }[];
      };
      return checks.filter((one) => one.check === name);
    };

    test("says that the connection and the exchange are well", async () => {
      expect(await check("connection")).toMatchObject([{ health: "ok" }]);
      expect(await check("exchange")).toMatchObject([{ health: "ok" }]);
    });

    test("names a binding that matches nothing, and what it nearly matches", async () => {
      await channel.assertQueue("services.test.misspelt", { durable: true });
      await channel.bindQueue("services.test.misspelt", "bloodbank.events.v1", "artifact.craeted");
      const found = await check("bindings");
      await channel.deleteQueue("services.test.misspelt");
      expect(found).toContainEqual(
        expect.objectContaining({
          health: "wrong",
          message: expect.stringContaining("services.test.misspelt"),
          hint: expect.stringContaining("artifact.created"),
        }),
      );
    });

    test("names a queue whose messages nobody takes, and a consumer without a prefetch", async () => {
      await channel.assertQueue("services.test.waiting", { durable: true });
      channel.sendToQueue("services.test.waiting", Buffer.from("x"));
      await channel.assertQueue("services.test.greedy", { durable: true });
      await channel.consume("services.test.greedy", () => undefined);
      await eventually(async () => {
        const found = (await check("consumers")).map(({ message }) => message).join("\n");
        return (
          /wait in services\.test\.waiting, and nobody/.test(found) &&
          /services\.test\.greedy without a prefetch/.test(found)
        );
      }, "both findings");
      await channel.deleteQueue("services.test.waiting");
      await channel.deleteQueue("services.test.greedy");
    });

    test("names a program's address that is another broker's", async () => {
      const env = { RABBITMQ_URL: "amqp://guest:guest@127.0.0.1:1/" };
      const { code, out } = await bb(["doctor", "--json", "--interval", "0"], { env });
      expect(code).toBe(1);
      expect(JSON.parse(out).checks).toContainEqual(
        expect.objectContaining({
          check: "other broker",
          health: "wrong",
          hint: expect.stringContaining(`export RABBITMQ_URL=${fixture().platform.amqp}`),
        }),
      );
    });

    test("an address that is another program's is told as that", async () => {
      const { amqp, management = "" } = JSON.parse(
        readFileSync(path.join(fixture().platform.folder, "data", "platform.json"), "utf8"),
      );
      const bus = await bb(["events", "--url", `http://${new URL(amqp).host}`]);
      expect(bus).toMatchObject({ code: 69, err: expect.stringContaining("speaks no HTTP") });
      const other = await bb(["events", "--url", new URL(management).origin]);
      expect(other.err).toContain("is that address the platform's?");
    });

    test("counts what was refused over HTTP, and says what to look at", async () => {
      expect((await bb(["publish", "artifact.created", "{}"])).code).toBe(1);
      const refused = (await check("contracts")).find(({ message }) =>
        /over HTTP.*CONTRACT_VIOL/.test(message),
      );
      expect(refused).toMatchObject({ health: "look", hint: expect.stringContaining("bb schema show") });
    });

    test("names a cause that was never stored", async () => {
      const gone = randomUUID();
      await recorded(await publish("--caused-by", gone));
      const found = await check("correlation");
      expect(found).toContainEqual(
        expect.objectContaining({ health: "look", details: [expect.stringContaining(gone)] }),
      );
    });
  });
});
