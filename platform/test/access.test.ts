/** Who may do what: tokens and roles for HTTP, the page and the broker; and addresses that others can reach. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import amqplib from "amqplib";
import { afterAll, expect, test } from "vitest";
import { loadConfig } from "../src/config/load.js";
import { bb } from "./cli/support/bb.js";
import { onEachEngine } from "./support/on-each-engine.js";

const OPERATOR = "operator-0123456789abcdef";
const READER = "reader-0123456789abcdef";
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

const folder = mkdtempSync(path.join(tmpdir(), "bloodbank-tokens-"));
const file = path.join(folder, "tokens");
writeFileSync(file, `# token, name, role\n${OPERATOR}, ada, operator\n\n${READER},bob,reader\n`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const artifact = { artifact_type: "code", file_path: "/a" };

onEachEngine("access", { args: ["--no-services"], env: { BLOODBANK_TOKENS: file } }, (fixture) => {
  test("without a token only probes are answered", async () => {
    for (const open of ["/health", "/health/ready"]) expect((await fixture().api.get(open)).status).toBe(200);
    for (const closed of ["/api/v1/events", "/schemas/catalog", "/metrics", "/openapi.json"])
      expect(await fixture().api.get(closed)).toMatchObject({ status: 401, body: { code: "NOT_SIGNED_IN" } });
    expect(await fixture().api.post("/webhooks/fireflies", {})).toMatchObject({ status: 401 });
    // That API's own form.
    expect(await fixture().api.get("/registry/subjects")).toMatchObject({
      status: 401,
      body: { error_code: 401, message: "No token was sent." },
    });
    const nothing = await fetch(`${fixture().platform.http}/sign-in`, { method: "POST" });
    expect(nothing.status).toBe(401);
    expect(await fixture().api.get("/api/v1/events", bearer("wrong-0123456789abcdef"))).toMatchObject({
      status: 401,
    });
  });

  test("a reader looks and asks for verdicts, and may not act", async () => {
    expect((await fixture().api.get("/api/v1/events", bearer(READER))).status).toBe(200);
    expect((await fixture().api.post("/schemas/validate", artifact, bearer(READER))).status).toBe(200);
    for (const act of [
      "/events/artifact.created",
      "/api/v1/replays",
      "/api/v1/dead-letters/discard",
      "/api/v1/webhooks",
    ])
      expect(await fixture().api.post(act, artifact, bearer(READER))).toMatchObject({
        status: 403,
        body: { code: "NOT_ALLOWED" },
      });
  });

  test("an operator acts", async () => {
    expect((await fixture().api.post("/events/artifact.created", artifact, bearer(OPERATOR))).status).toBe(
      202,
    );
  });

  test("a browser signs in once and keeps a cookie that no script reads, and another site sends no further than by a link", async () => {
    const asked = await fetch(`${fixture().platform.http}/`, {
      headers: { accept: "text/html" },
      redirect: "manual",
    });
    expect([asked.status, asked.headers.get("location")]).toEqual([303, "/sign-in"]);
    const signIn = (token: string) =>
      fetch(`${fixture().platform.http}/sign-in`, {
        method: "POST",
        redirect: "manual",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({ token }),
      });
    expect((await signIn("wrong")).status).toBe(401);
    const signedIn = await signIn(READER);
    expect(signedIn.status).toBe(303);
    const cookie = signedIn.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/HttpOnly; SameSite=Lax/);
    const page = await fetch(`${fixture().platform.http}/`, {
      headers: { accept: "text/html", cookie: cookie.split(";")[0] ?? "" },
    });
    expect(page.status).toBe(200);
    const broken = { accept: "application/json", cookie: "bloodbank_token=%E0%A4%A" };
    expect((await fetch(`${fixture().platform.http}/`, { headers: broken })).status).toBe(401);
  });

  test("signing in leads to the page that was asked for, and never to another origin", async () => {
    const { http } = fixture().platform;
    const wanted = "/dead-letters?group=a%2Fb&x=%22%3E";
    const asked = await fetch(http + wanted, { headers: { accept: "text/html" }, redirect: "manual" });
    const form = asked.headers.get("location") ?? "";
    expect(form).toBe(`/sign-in?to=${encodeURIComponent(wanted)}`);
    const signIn = async (address: string, token = READER) => {
      const body = new URLSearchParams({ token });
      const answer = await fetch(http + address, { method: "POST", redirect: "manual", body });
      return answer.headers.get("location") ?? answer.text();
    };
    expect(await signIn(form)).toBe(wanted);
    // The form goes to the address that it has, whatever that says.
    expect(await signIn(form, "wrong")).toContain('<form method="post">');
    for (const foreign of [
      "https://example.org/",
      "//example.org/",
      "/\\example.org/",
      "\t//example.org",
      "/.//example.org/",
      "/x/..//example.org",
      "javascript:alert(1)",
      "http://",
    ])
      expect([foreign, await signIn(`/sign-in?to=${encodeURIComponent(foreign)}`)]).toEqual([foreign, "/"]);
    expect(await signIn("/sign-in?to=/a&to=/b")).toBe("/");
  });

  test("bb asks with the token that it is given, and says what a reader may not do", async () => {
    const env = { BLOODBANK_DATA_DIR: path.join(fixture().platform.folder, "data") };
    const as = (token: string, ...args: string[]) => bb(args, { env: { ...env, BLOODBANK_TOKEN: token } });
    const publish = ["publish", "artifact.created", JSON.stringify(artifact)];
    const unsigned = await bb(["events"], { env });
    expect(unsigned).toMatchObject({ code: 77, err: expect.stringContaining("BLOODBANK_TOKEN") });
    expect(await bb(["topology", "queues", "--token", READER], { env })).toMatchObject({ code: 0 });
    // Nothing is known to be wrong, nor well.
    expect(await bb(["doctor"], { env })).toMatchObject({
      code: 77,
      out: "",
      err: expect.stringMatching(/No token was sent.*\n.*--token/),
    });
    const refused = await as(READER, ...publish);
    expect(refused).toMatchObject({ code: 77, err: expect.stringContaining("bob is a reader") });
    expect(await as(OPERATOR, ...publish)).toMatchObject({ code: 0 });
  });

  test("each token is a user of the broker, with its role", async () => {
    // A RabbitMQ has users of its own.
    if (!fixture().engine.admits) return;
    const connect = (user: string, password: string) => {
      const url = new URL(fixture().platform.amqp);
      url.username = user;
      url.password = password;
      return amqplib.connect(url.href);
    };
    const ada = await connect("ada", OPERATOR);
    const channel = await ada.createChannel();
    await channel.assertQueue("made.by.ada", { durable: true });
    await ada.close();
    const bob = await connect("bob", READER);
    const reading = await bob.createChannel();
    reading.on("error", () => undefined);
    await expect(reading.assertQueue("made.by.bob", { durable: true })).rejects.toThrow(/403/);
    await bob.close();
    await expect(connect("bob", "wrong")).rejects.toThrow();
  });
});

test("an address that others can reach is refused without tokens", () => {
  expect(() => loadConfig({ BLOODBANK_HOST: "0.0.0.0" })).toThrow(/BLOODBANK_HOST.*BLOODBANK_TOKENS/);
  expect(loadConfig({ BLOODBANK_HOST: "0.0.0.0", BLOODBANK_TOKENS: "tokens" }).config.host).toBe("0.0.0.0");
});
