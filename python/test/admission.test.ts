/** The embedded broker's admission, as Python clients that know nothing of contracts meet it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { onEmbeddedBus, type Tap } from "./support/bus.js";
import { type Program, startPython } from "./support/python.js";

onEmbeddedBus("admission", (bus) => {
  let quarantine: Tap | undefined;
  let program: Program;
  beforeAll(() => {
    program = startPython(["refused_publishes.py"], { env: { RABBITMQ_URL: bus().url } });
  });
  afterAll(() => program?.stop());
  async function publish(client: string): Promise<string[]> {
    program.tell(client);
    return JSON.parse(await program.said(client));
  }

  test.each(["pika", "aio_pika", "faststream", "event_producers"])(
    "%s: a wrong event fails, the next right one succeeds, and no bound queue sees the wrong one",
    async (client) => {
      const tap = await bus().tap(`python.admitted.${client}`, "artifact.created");
      quarantine ??= await bus().tap("bloodbank.quarantine");
      const before = quarantine.messages.length;
      expect(await publish(client)).toEqual(["refused", "taken", "refused", "taken"]);
      await tap.find(() => tap.messages.length >= 2);
      const { messages } = quarantine;
      await quarantine.find(() => messages.length >= before + 2);
      for (const { body } of tap.messages)
        expect(bus().options.catalog.validateBytes(body, "artifact.created").valid).toBe(true);
      const reason = String(messages.at(-1)?.headers["x-reason"]);
      expect(reason).toContain("/payload/file_path");
      expect(reason).toContain("/payload/artifact_type");
    },
  );

  test("pika without confirms: the wrong event comes back with the reason", async () => {
    const said = await publish("pika_without_confirms");
    expect(said).toHaveLength(1);
    expect(said[0]).toContain("returned 406");
    expect(said[0]).toContain("/payload/file_path");
  });
});
