import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { chromium } from "playwright-core";
import { describe, expect, test } from "vitest";
import { CheckedCatalog } from "../../src/catalog/catalog.js";
import { type Contract, type EventEnvelope, loadCatalog } from "../../src/index.js";
import { follow } from "../../src/json/pointer.js";
import {
  asyncApi,
  docsSite,
  fromCloudEvent,
  loadSchemaSet,
  toCloudEvent,
  writeFiles,
} from "../../src/tools/index.js";
import { temporaryFolder } from "../support/temporary.js";

const catalog = loadCatalog();
const chromiumPath = process.env.TEST_CHROMIUM;
const parserPath = process.env.TEST_ASYNCAPI_PARSER;

/** As Spectral counts: 0 an error, 1 a warning, 2 a remark. */
interface Diagnostic {
  readonly severity: number;
  readonly code: string | number;
  readonly message: string;
}
const HINT = 2;

describe("CloudEvents", () => {
  test("carry every example there and back without loss, as other tools read them", () => {
    for (const contract of catalog.contracts)
      for (const example of contract.examples) {
        const cloudEvent = JSON.parse(JSON.stringify(toCloudEvent(example, contract)));
        expect(cloudEvent).toMatchObject({
          specversion: "1.0",
          id: example.event_id,
          type: example.event_type,
          time: example.timestamp,
          dataschema: contract.id,
          data: example.payload,
        });
        for (const name of Object.keys(cloudEvent)) expect(name).toMatch(/^[a-z0-9]{1,20}$/);
        expect(fromCloudEvent(cloudEvent)).toEqual(example);
      }
  });

  test("keep members of the envelope that nobody knows", () => {
    const good = catalog.get("artifact.created")!.examples[0]!;
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }), (others) => {
        const event = JSON.parse(JSON.stringify({ ...others, ...good })) as EventEnvelope;
        expect(fromCloudEvent(JSON.parse(JSON.stringify(toCloudEvent(event))))).toEqual(event);
      }),
    );
  });

  test("of others become events, where they can be", () => {
    const foreign = {
      specversion: "1.0",
      id: "0190f5c4-7b1e-7c3a-8f00-000000000001",
      source: "https://example.com/shop",
      type: "artifact.created",
      time: "2026-01-31T09:00:00Z",
      data: { artifact_type: "code", file_path: "/a.ts" },
    };
    const event = fromCloudEvent(foreign);
    expect(event.source).toEqual({ host: "https://example.com/shop", type: "system", app: "shop" });
    expect(catalog.validate(event).valid).toBe(true);
    for (const [name, value] of [
      ["specversion", "0.3"],
      ["id", "1"],
      ["type", "com.example.Shop"],
      ["source", ""],
      ["time", "yesterday"],
      ["data", "text"],
      ["bloodbank", "{}"],
    ])
      expect(() => fromCloudEvent({ ...foreign, [name as string]: value })).toThrow(
        expect.objectContaining({ code: "CLOUDEVENT_INVALID", pointer: `/${name}` }),
      );
  });
});

describe("the AsyncAPI document", () => {
  const document = asyncApi({
    catalog,
    services: [
      {
        name: "shop",
        sends: ["artifact.created", "not.known"],
        receives: ["llm.prompt"],
        queues: ["services.shop"],
      },
    ],
    servers: { local: { host: "127.0.0.1:5672", protocol: "amqp" } },
  });

  test("has a channel and a message for every contract, and operations for known events", () => {
    expect(document).toMatchObject({
      asyncapi: "3.0.0",
      channels: { artifact_created: { address: "artifact.created" } },
      operations: {
        shop_send_artifact_created: { action: "send", channel: { $ref: "#/channels/artifact_created" } },
        shop_receive_llm_prompt: { action: "receive" },
      },
    });
    const { messages } = document.components as { messages: Record<string, { externalDocs: unknown }> };
    expect(Object.keys(messages)).toHaveLength(catalog.contracts.length);
    expect(messages.artifact_created_v1!.externalDocs).toMatchObject({
      url: catalog.get("artifact.created")!.id,
    });
  });

  test.skipIf(!parserPath)(
    "is valid by @asyncapi/parser (TEST_ASYNCAPI_PARSER: the folder of that package)",

    async () => {
      const { Parser } = createRequire(path.join(parserPath!, "package.json"))(parserPath!) as {
        Parser: new () => { parse(text: string): Promise<{ document?: unknown; diagnostics: Diagnostic[] }> };
      };
      const { document: read, diagnostics } = await new Parser().parse(JSON.stringify(document));
      expect(read).toBeDefined();
      expect(diagnostics.filter(({ severity }) => severity < HINT)).toEqual([]);
    },
  );

  test("refers only to what is in it, and holds no keyword that draft-07 does not know", () => {
    const visit = (value: unknown): void => {
      if (Array.isArray(value)) value.forEach(visit);
      else if (typeof value === "object" && value !== null)
        for (const [name, inner] of Object.entries(value)) {
          expect(["$defs", "prefixItems", "unevaluatedProperties", "dependentRequired"]).not.toContain(name);
          if (name === "$ref")
            expect([inner, follow(document, String(inner).slice(1))]).not.toContain(undefined);
          if (name !== "examples") visit(inner);
        }
    };
    visit(document);
  });
});

describe("the documentation site", () => {
  const files = docsSite({
    catalog,
    producers: { "artifact.created": ["fireflies-transcript-processor"] },
    consumers: { "artifact.created": ["<b>evil</b>"] },
  });
  const page = (name: string) => files.find((file) => file.path === name)!.text;

  test("has a page for each contract, with members, examples, producers and consumers", () => {
    expect(files).toHaveLength(catalog.contracts.length + 1);
    const text = page("artifact.created.v1.html");
    for (const word of [
      "fireflies-transcript-processor",
      "file_path",
      "at least 1 characters",
      "stable",
      "event_id",
    ])
      expect(text).toContain(word);
    expect(text).toContain("&lt;b&gt;evil&lt;/b&gt;");
    expect(text).not.toContain("<b>evil</b>");
  });

  test("links only to pages that are there", () => {
    const paths = new Set(files.map((file) => file.path));
    for (const { text } of files)
      for (const [, target] of text.matchAll(/href="([^"]+)"/g)) expect(paths).toContain(target);
  });

  test("tells what changed since the version before", () => {
    const set = loadSchemaSet();
    const v1 = catalog.get("artifact.created")!;
    const schema = structuredClone(v1.schema) as { properties: { payload: { required: string[] } } };
    schema.properties.payload.required.push("title");
    const v2 = { ...v1, version: "v2", id: v1.id.replace("v1", "v2"), schema } as unknown as Contract;
    const versions = docsSite({ catalog: new CheckedCatalog(set, [v1, v2]) });
    expect(versions.find((file) => file.path === "artifact.created.v2.html")!.text).toContain(
      "payload.title is required now",
    );
  });

  test("tells words of every contract to its search", () => {
    const words = [...page("index.html").matchAll(/data-words="([^"]*)"/g)].map(([, text]) => text!);
    expect(words).toHaveLength(catalog.contracts.length);
    expect(words.filter((text) => text.includes("voice"))).not.toHaveLength(0);
  });

  test.skipIf(!chromiumPath)(
    "is searched in a browser, from files without a server (TEST_CHROMIUM)",

    async () => {
      const folder = temporaryFolder();
      writeFiles(files, folder);
      const browser = await chromium.launch({
        executablePath: chromiumPath ?? "",
        headless: true,
        args: ["--no-sandbox"],
      });
      try {
        const tab = await browser.newPage();
        const complaints: string[] = [];
        tab.on("pageerror", (error) => complaints.push(String(error)));
        await tab.goto(pathToFileURL(path.join(folder, "index.html")).href);
        const shown = tab.locator("#contracts tr:visible");
        expect(await shown.count()).toBe(catalog.contracts.length);
        await tab.locator("#search").fill("Voice transcription");
        expect(await shown.count()).toBeLessThan(5);
        await shown.filter({ hasText: "transcription.voice.completed" }).locator("a").first().click();
        await tab.locator("h1", { hasText: "transcription.voice.completed" }).waitFor();
        await tab.goBack();
        await tab.locator("#search").fill("no such word");
        expect(await shown.count()).toBe(0);
        expect(await tab.locator("#none").isVisible()).toBe(true);
        expect(complaints).toEqual([]);
      } finally {
        await browser.close();
      }
    },
  );
});
