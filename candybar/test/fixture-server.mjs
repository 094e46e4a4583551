// Plays the platform's HTTP API for the page's tests and for its development:
//   node candybar/test/fixture-server.mjs [port] [events a second]
// It serves candybar/dist too, so that the page runs without a platform.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { contracts, diffOf, revisionsOf } from "./fixture-contracts.mjs";
import { FixtureDeadLetters } from "./fixture-dead-letters.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const dist = path.join(here, "../dist");
const KINDS = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

const topic = (pattern, type) =>
  new RegExp(
    `^${pattern.replaceAll(".", "\\.").replaceAll("*", "[^.]+").replaceAll("\\.#", "(\\..+)?").replaceAll("#", ".*")}$`,
  ).test(type);

const MEETING = "0190f5c4-7b1e-7c3a-8f00-4d5dfc45a1b2";

/** The times of six failures, the last one then. */
const failures = (last) =>
  [757, 756, 751, 721, 601, 0].map((before) => new Date(last - before * 1000).toISOString());

export class FixtureServer {
  /** @type {import('../src/api/schemas.js').StoredEvent[]} */
  events = [];
  deadLetters = new FixtureDeadLetters();
  /** What the API does: "well", "down" (503), "slow" (no answer), "nonsense". */
  mood = "well";
  /** @type {import('../src/api/schemas.js').Quarantined[]} */
  quarantined = [];
  /** @type {import('../src/api/schemas.js').Replay[]} */
  replays = [];
  streamed = 0;
  #followers = new Set();
  #server;
  #contracts = contracts();
  #timers = new Set();

  async start(port = 0) {
    this.#server = createServer((request, response) => this.#serve(request, response));
    await new Promise((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  async stop() {
    this.quiet();
    this.deadLetters.stop();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Ends every open stream, as a restart would. */
  cut() {
    for (const follower of this.#followers) follower.response.destroy();
  }

  /**
   * Stores an event and tells whoever follows.
   *
   * @param {string} type
   * @param {Record<string, unknown>} payload
   * @param {{ causes?: string[], app?: string, at?: number, violations?: import('../src/api/schemas.js').Violation[], version?: string }} [options]
   */
  add(
    type,
    payload,
    { causes = [], app = "fixture", at = Date.now(), violations = [], version = "v1" } = {},
  ) {
    const event_id = randomUUID();
    const timestamp = new Date(at).toISOString();
    const stored = {
      position: this.events.length + 1,
      event_id,
      event_type: type,
      version,
      timestamp,
      source_app: app,
      correlation_ids: causes,
      received_at: new Date(at + 3).toISOString(),
      exchange: "bloodbank.events.v1",
      routing_key: type,
      headers: { traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" },
      valid: violations.length === 0,
      violations,
      duplicates: 0,
      event: {
        event_id,
        event_type: type,
        timestamp,
        version,
        source: { host: "laptop", type: "system", app },
        correlation_ids: causes,
        agent_context: null,
        payload,
      },
    };
    this.events.push(stored);
    for (const follower of this.#followers) if (follower.wants(stored)) this.#send(follower.response, stored);
    return stored;
  }

  /** Stores an event that keeps its contract: its example, with a change. */
  happen(type, change, options) {
    const [example] = this.#contracts.find((contract) => contract.event_type === type).examples;
    return this.add(type, { ...example.payload, ...change }, options);
  }

  /** The main job: a meeting becomes a transcript, a file and a record; a week's worth of other things around it. */
  populate(now = Date.now()) {
    const sentences = Array.from({ length: 512 }, (_, index) => ({
      index,
      speaker_name: ["Zoë Müller", "Łukasz Nowak", "Ngọc Anh", "Ólafur"][index % 4],
      speaker_id: index % 4,
      raw_text: `And that is point ${index + 1}, which we should write down.`,
      text: `And that is point ${index + 1}, which we should write down.`,
      start_time: index * 4.2,
      end_time: index * 4.2 + 3.9,
    }));
    const at = (seconds) => ({ at: now - seconds * 1000 });
    this.add(
      "bloodbank.dead_letter.discarded",
      {
        actor: "jarad",
        reason: "superseded by the new agent",
        queue: "services.agent.feedback_router",
        count: 3,
      },
      { app: "bloodbank", ...at(900) },
    );
    this.add(
      "session.started",
      { session_id: "s-81", name: "bloodbank", working_dir: "/work" },
      { app: "zellij-driver", ...at(840) },
    );
    this.add(
      "worktree.created",
      { repo: "33god/house", branch: "candybar", path: "/w/candybar" },
      { app: "imi", ...at(815) },
    );
    const request = this.add(
      "feature.brainstorm.requested",
      {
        feature_name: "Causal search",
        feature_description: "Find events by what they led to",
        requirements: ["fast", "keyboard"],
      },
      { app: "flume", ...at(620) },
    );
    const meeting = this.add(
      "theboard.meeting.created",
      {
        meeting_id: randomUUID(),
        topic: "Causal search",
        strategy: "multi_agent",
        max_rounds: 3,
        agent_count: 4,
      },
      { app: "theboard-meeting-trigger", causes: [request.event_id], ...at(619) },
    );
    const started = this.add(
      "theboard.meeting.started",
      {
        meeting_id: MEETING,
        selected_agents: ["architect", "skeptic", "designer", "operator"],
        agent_count: 4,
      },
      { app: "theboard", causes: [meeting.event_id], ...at(617.2) },
    );
    let last = started;
    for (let round = 1; round <= 3; round++) {
      last = this.add(
        "theboard.meeting.round_completed",
        {
          meeting_id: MEETING,
          round_num: round,
          agent_name: "architect",
          response_length: 1840,
          comment_count: 6,
          avg_novelty: 0.8 - round * 0.2,
          tokens_used: 2213,
          cost: 0.021,
        },
        { app: "theboard", causes: [started.event_id], ...at(617 - round * 41) },
      );
      this.add(
        "theboard.meeting.comment_extracted",
        {
          meeting_id: MEETING,
          round_num: round,
          agent_name: "skeptic",
          comment_text: "Who reads this at three in the morning?",
          category: "question",
          novelty_score: 0.7,
        },
        { app: "theboard", causes: [last.event_id], ...at(616.4 - round * 41) },
      );
    }
    const converged = this.add(
      "theboard.meeting.converged",
      { meeting_id: MEETING, round_num: 3, avg_novelty: 0.2, novelty_threshold: 0.3, total_comments: 18 },
      { app: "theboard", causes: [last.event_id], ...at(490) },
    );
    this.add(
      "theboard.meeting.completed",
      {
        meeting_id: MEETING,
        total_rounds: 3,
        total_comments: 18,
        total_cost: 0.063,
        convergence_detected: true,
        stopping_reason: "convergence",
      },
      { app: "theboard", causes: [converged.event_id, meeting.event_id], ...at(489.2) },
    );
    this.add(
      "github.pr.created",
      {
        repository: "33god/house",
        number: 118,
        title: "Candybar: trace tree",
        author: "jarad",
        url: "https://example.org/118",
        base_ref: "main",
        head_ref: "candybar",
        draft: false,
        labels: ["ui"],
      },
      { app: "github-pr-listener", ...at(300) },
    );
    const prompt = this.add(
      "llm.prompt",
      { provider: "anthropic", prompt: "Summarise the meeting about causal search", project: "house" },
      { app: "flume", ...at(240) },
    );
    this.add(
      "llm.response",
      { provider: "anthropic", response: "The team agreed to …", tokens_used: 812, duration_ms: 3120 },
      { app: "flume", causes: [prompt.event_id], ...at(236.9) },
    );
    this.add(
      "transcription.voice.completed",
      {
        text: "Open the pod bay doors",
        timestamp: new Date(now).toISOString(),
        source: "telepathy",
        audio_metadata: { confidence: 1.7 },
      },
      {
        app: "tonny-agent",
        ...at(150),
        violations: [
          {
            pointer: "/payload/source",
            keyword: "enum",
            message:
              'must be one of whisperlivekit, mobile-client, desktop-client, chrome-extension; it is "telepathy"',
          },
          {
            pointer: "/payload/audio_metadata/confidence",
            keyword: "maximum",
            message: "must be at most 1; it is 1.7",
          },
        ],
      },
    );
    const ready = this.add(
      "fireflies.transcript.ready",
      {
        id: "01HZX",
        title: "Quarterly review — Zürich & Kraków",
        date: new Date(now - 9e6).toISOString(),
        duration: 61,
        transcript_url: "https://app.fireflies.ai/view/01HZX",
        sentences,
        summary: {
          overview: "Plans for the next quarter.",
          action_items: ["Write the ADR", "Measure the broker"],
          keywords: ["broker", "budget"],
        },
        participants: [{ name: "Zoë Müller", email: "zoe@example.org" }],
        speakers: [],
      },
      { app: "fireflies-webhook", ...at(24) },
    );
    const file = this.add(
      "artifact.created",
      {
        artifact_type: "transcript",
        file_path: "/vault/2026-11-24 Quarterly review — Zürich & Kraków.md",
        title: "Quarterly review — Zürich & Kraków",
        size_bytes: 48211,
        media_type: "text/markdown",
      },
      { app: "fireflies-transcript-processor", causes: [ready.event_id], ...at(23.93) },
    );
    this.add(
      "fireflies.transcript.processed",
      {
        transcript_id: "01HZX",
        title: "Quarterly review — Zürich & Kraków",
        sentence_count: 512,
        speaker_count: 4,
        duration_minutes: 61,
        ingestion_timestamp: new Date(now).toISOString(),
      },
      { app: "fireflies-transcript-processor", causes: [ready.event_id], ...at(23.91) },
    );
    this.add(
      "artifact.ingestion.failed",
      {
        artifact_uri: "file:///vault/q.md",
        artifact_kind: "transcript",
        error_message: "The vector store did not answer",
        is_retryable: true,
        retry_count: 2,
      },
      { app: "fireflies-transcript-rag", causes: [file.event_id], ...at(19) },
    );
    for (let i = 0; i < 7; i++) {
      this.deadLetters.letters.push({
        id: `services.agent.feedback_router.dlq/${i}`,
        queue: "services.agent.feedback_router",
        event_id: prompt.event_id,
        event_type: "agent.feedback.requested",
        reason: `AgentForge answered 502 to attempt ${i + 4}`,
        code: "UPSTREAM_FAILED",
        attempts: 6,
        first_at: new Date(now - 4e6).toISOString(),
        last_at: new Date(now - i * i * 9e4).toISOString(),
        stack: "Error: AgentForge answered 502\n    at route (feedback-router.js:41:11)",
        failed_at: failures(now - i * i * 9e4),
        event: prompt.event,
      });
    }
    this.deadLetters.letters.push({
      id: "services.fireflies.transcript_processor.dlq/1",
      queue: "services.fireflies.transcript_processor",
      event_id: ready.event_id,
      event_type: "fireflies.transcript.ready",
      reason: "The vault is not writable: EACCES",
      code: "VAULT_UNWRITABLE",
      attempts: 6,
      first_at: new Date(now - 9e5).toISOString(),
      last_at: new Date(now - 6e5).toISOString(),
      failed_at: failures(now - 6e5),
      event: ready.event,
    });
    this.quarantined.push({
      id: "bloodbank.quarantine/1",
      event_id: null,
      event_type: "artifact.created",
      reason: "artifact.created breaks its contract in 1 place",
      client: "guest at 127.0.0.1:51234 (somebodys-script)",
      refused_at: new Date(now - 12_000).toISOString(),
      violations: [{ pointer: "/payload/file_path", keyword: "required", message: "file_path is missing" }],
      event: { event_type: "artifact.created", payload: { artifact_type: "code" } },
    });
    return ready;
  }

  /** Adds so many events a second until the server stops. */
  traffic(perSecond) {
    let owed = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      owed += ((now - last) / 1000) * perSecond;
      last = now;
      for (; owed >= 1; owed--) {
        const contract = this.#contracts[Math.floor(Math.random() * this.#contracts.length)];
        const example = contract.examples[0];
        this.add(contract.event_type, example.payload, { app: example.source.app });
      }
    }, 20);
    this.#timers.add(timer);
  }

  /** Ends the traffic. */
  quiet() {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers.clear();
  }

  #send(response, stored) {
    this.streamed++;
    response.write(`id: ${stored.position}\ndata: ${JSON.stringify(stored)}\n\n`);
  }

  #filter(query) {
    const types = query.getAll("type").flatMap((type) => type.split(","));
    const [source, valid, text] = [query.get("source"), query.get("valid"), query.get("text")?.toLowerCase()];
    return (e) =>
      (types.length === 0 || types.some((type) => topic(type, e.event_type))) &&
      (!source || e.source_app === source) &&
      (!valid || String(e.valid) === valid) &&
      (!text || JSON.stringify(e.event).toLowerCase().includes(text));
  }

  async #serve(request, response) {
    const url = new URL(request.url, "http://x");
    const json = (body, status = 200) => {
      response.writeHead(status, {
        "content-type": status < 400 ? "application/json" : "application/problem+json",
      });
      response.end(JSON.stringify(body));
    };
    const api = /^\/(api|schemas|health)\b/.test(url.pathname) || request.method === "POST";
    if (!api) return this.#file(url.pathname, response);
    if (this.mood === "slow") return;
    if (this.mood === "down")
      return json(
        { title: "Not now", status: 503, code: "SHUTTING_DOWN", detail: "The platform is stopping." },
        503,
      );
    if (this.mood === "nonsense") {
      response.writeHead(200, { "content-type": "text/html" });
      return response.end("<h1>It works!</h1>");
    }
    let body = "";
    for await (const chunk of request) body += chunk;
    if (request.method === "POST") return this.#post(url.pathname, JSON.parse(body), json);
    const missing = () =>
      json({ title: "Not found", status: 404, code: "EVENT_NOT_FOUND", detail: "No such event." }, 404);
    const parts = url.pathname.split("/").filter(Boolean).map(decodeURIComponent);
    if (url.pathname === "/health/ready") return json(this.#health());
    if (url.pathname === "/schemas/catalog")
      return json({ contracts: this.#contracts.map(({ schema, ...rest }) => rest) });
    if (parts[0] === "schemas" && parts[2] === "revisions") return json(revisionsOf(parts[1]));
    if (parts[0] === "schemas" && parts[2] === "diff")
      return json(diffOf(parts[1], url.searchParams.get("from"), url.searchParams.get("to")));
    if (parts[0] === "schemas") {
      const contract = this.#contracts.find((c) => c.event_type === parts[1] && c.version === parts[2]);
      return contract ? json(contract) : missing();
    }
    if (url.pathname === "/api/v1/services") return json({ services: SERVICES });
    if (url.pathname === "/api/v1/topology") return json(topologyOf(SERVICES, this.deadLetters.letters));
    if (url.pathname === "/api/v1/cluster") return json(CLUSTER);
    if (url.pathname === "/api/v1/dead-letters")
      return json({ dead_letters: this.deadLetters.list(url.searchParams), total: 0, complete: true });
    if (url.pathname === "/api/v1/dead-letters/groups") {
      await new Promise((resolve) => setTimeout(resolve, this.deadLetters.countingMs));
      const { letters, unseen } = this.deadLetters;
      const total = letters.length + unseen;
      return json({ groups: this.deadLetters.groups(), total, complete: unseen === 0 });
    }
    if (url.pathname === "/api/v1/dead-letters/redrives")
      return json({ redrives: this.deadLetters.redrives });
    if (url.pathname === "/api/v1/quarantine")
      return json({
        quarantined: this.quarantined.toReversed().slice(0, Number(url.searchParams.get("limit"))),
        total: this.quarantined.length,
      });
    if (url.pathname === "/api/v1/replays") return json({ replays: this.replays.toReversed() });
    if (url.pathname === "/api/v1/events/stream") return this.#stream(request, url, response);
    const { type = "" } = Object.fromEntries(url.searchParams);
    if (url.pathname === "/api/v1/events" && type.includes(" ")) {
      const detail = `“${type}” is no event type or pattern. Words stand between dots; * is one word, # any number.`;
      return json({ title: "Bad request", status: 400, code: "BAD_REQUEST", detail }, 400);
    }
    if (url.pathname === "/api/v1/events") {
      const before = Number(url.searchParams.get("cursor") ?? Number.POSITIVE_INFINITY);
      const limit = Number(url.searchParams.get("limit") ?? 100);
      const all = this.events
        .filter((e) => e.position < before)
        .filter(this.#filter(url.searchParams))
        .reverse();
      const events = all.slice(0, limit);
      return json({ events, ...(all.length > limit ? { next_cursor: String(events.at(-1).position) } : {}) });
    }
    if (parts[3] === "trace") {
      const trace = this.#trace(parts[4]);
      if (trace && url.searchParams.get("dead_letters") === "true") {
        for (const node of trace.nodes)
          node.dead_letters = this.deadLetters.letters
            .filter((letter) => letter.event_id === node.event_id)
            .map(({ event, headers, event_id, event_type, ...letter }) => letter);
        trace.dead_letters_complete = this.deadLetters.letters.length <= 1000;
      }
      return trace ? json(trace) : missing();
    }
    const found = this.events.find((e) => e.event_id === parts[3]);
    return found ? json(found) : missing();
  }

  #stream(request, url, response) {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
    response.write(": hello\n\n");
    const after = Number(request.headers["last-event-id"] ?? this.events.length);
    const wants = this.#filter(url.searchParams);
    for (const stored of this.events.slice(after)) if (wants(stored)) this.#send(response, stored);
    const follower = { response, wants };
    this.#followers.add(follower);
    response.on("close", () => this.#followers.delete(follower));
  }

  #post(pathname, body, json) {
    if (pathname === "/schemas/validate") {
      const contract = this.#contracts.find((c) => c.event_type === body?.event_type);
      if (!contract)
        return json({
          valid: false,
          code: "UNKNOWN_EVENT_TYPE",
          message: "There is no such event type.",
          violations: [{ pointer: "/event_type", keyword: "event_type", message: "is not known" }],
          nearest: ["artifact.created"],
        });
      const missing = (contract.schema.properties.payload.required ?? []).filter(
        (name) => !(name in (body.payload ?? {})),
      );
      const violations = missing.map((name) => ({
        pointer: `/payload/${name}`,
        keyword: "required",
        message: "is required, but is missing",
      }));
      return json({
        valid: violations.length === 0,
        code: "CONTRACT_VIOLATION",
        message: "It breaks its contract.",
        violations,
        nearest: [],
      });
    }
    if (pathname.startsWith("/events/")) {
      const stored = this.add(decodeURIComponent(pathname.slice(8)), body.payload ?? body, {
        app: "candybar",
      });
      return json({ event_id: stored.event_id }, 202);
    }
    if (pathname.startsWith("/api/v1/dead-letters/")) {
      const answer = this.deadLetters.act(pathname.split("/").slice(4), body);
      if (answer) return json(...answer);
    }
    if (pathname.startsWith("/api/v1/replays")) return this.#replay(pathname.split("/").slice(4), body, json);
    return json({ title: "Not found", status: 404 }, 404);
  }

  #replay([first, act], body, json) {
    const chosen = (select) => {
      const types = select?.filter?.type ?? ["#"];
      const inTrace = select?.trace && this.#trace(select.trace)?.nodes.map((node) => node.event_id);
      return this.events.filter((e) =>
        inTrace ? inTrace.includes(e.event_id) : types.some((type) => topic(type, e.event_type)),
      );
    };
    if (first === "preview") {
      const events = chosen(body.select);
      const counts = {};
      for (const { event_type } of events) counts[event_type] = (counts[event_type] ?? 0) + 1;
      const by_type = Object.entries(counts).map(([event_type, count]) => ({ event_type, count }));
      return json({ total: events.length, by_type });
    }
    const now = new Date().toISOString();
    if (first === undefined) {
      const total = chosen(body.select).length;
      const made = { replay_id: randomUUID(), request: body, total, sent: 1, unrouted: 0 };
      const record = { ...made, state: "running", created_at: now, updated_at: now };
      this.replays.push(record);
      return json(record, 201);
    }
    const index = this.replays.findIndex((replay) => replay.replay_id === first);
    const state = { pause: "paused", resume: "running", cancel: "cancelled" }[act];
    this.replays[index] = { ...this.replays[index], state, updated_at: now };
    return json(this.replays[index]);
  }

  #trace(id) {
    if (!this.events.some((e) => e.event_id === id)) return undefined;
    const inside = new Set([id]);
    for (let before = 0; before !== inside.size; ) {
      before = inside.size;
      for (const e of this.events) {
        if (!inside.has(e.event_id) && !e.correlation_ids.some((c) => inside.has(c))) continue;
        inside.add(e.event_id);
        for (const cause of e.correlation_ids) inside.add(cause);
      }
    }
    const nodes = this.events
      .filter((e) => inside.has(e.event_id))
      .map((e) => ({
        event_id: e.event_id,
        missing: false,
        event_type: e.event_type,
        timestamp: e.timestamp,
        source_app: e.source_app,
        valid: e.valid,
        position: e.position,
        causes: e.correlation_ids,
        effects: this.events.filter((x) => x.correlation_ids.includes(e.event_id)).map((x) => x.event_id),
      }));
    return {
      event_id: id,
      roots: nodes.filter((n) => n.causes.length === 0).map((n) => n.event_id),
      nodes,
      truncated: false,
    };
  }

  #health() {
    return {
      status: "ready",
      version: "0.1.0",
      uptime_seconds: 8123,
      checks: {
        broker: {
          status: "ok",
          engine: "embedded",
          url: "amqp://127.0.0.1:5672/",
          queues: 12,
          connections: 6,
        },
        store: { status: "ok", engine: "SQLite", events: this.events.length, size_mb: 12.4 },
        recorder: { status: "ok", lag: 0, last_batch_ms: 3 },
        disk: { status: "ok", free_gb: 112, path: ".bloodbank" },
      },
    };
  }

  #file(pathname, response) {
    const wanted =
      pathname.startsWith("/assets/") || pathname.endsWith(".svg")
        ? path.join(dist, path.normalize(pathname))
        : path.join(dist, "index.html");
    try {
      const bytes = readFileSync(wanted);
      response.writeHead(200, { "content-type": KINDS[path.extname(wanted)] ?? "application/octet-stream" });
      response.end(bytes);
    } catch {
      response.writeHead(404).end("not found");
    }
  }
}

const CLUSTER = {
  name: "rabbit@one",
  product: "RabbitMQ",
  version: "3.13.7",
  management: "http://127.0.0.1:15672",
  nodes: ["one", "two", "three"].map((name, index) => ({
    name: `rabbit@${name}`,
    running: index < 2,
    uptime_ms: index < 2 ? 8_123_000 : null,
    mem_used: index < 2 ? 161e6 : null,
    mem_limit: index < 2 ? 3.2e9 : null,
    mem_alarm: false,
    disk_free: index < 2 ? 112e9 : null,
    disk_free_limit: 50e6,
    disk_free_alarm: false,
    partitions: [],
  })),
};

const service = (name, layer, routing_keys, produces, queue_names, observed, more = {}) => ({
  name,
  layer,
  routing_keys,
  produces,
  queue_names,
  observed,
  status: "active",
  type: "event-consumer",
  owner: "33god",
  description: "",
  tags: [],
  ...more,
});
const on = (depth, rate, failures = 0) => ({ connected: true, consumers: 1, depth, rate, failures });
const SERVICES = [
  service("event-store-manager", "infrastructure", ["#"], [], ["event_store_manager_queue"], on(0, 41), {
    description: "Keeps every event for audit, tracing and replay.",
  }),
  service(
    "fireflies-webhook",
    "external_sources",
    [],
    ["fireflies.transcript.upload", "fireflies.transcript.ready", "fireflies.transcript.failed"],
    ["services.fireflies.webhook"],
    on(0, 1),
    { description: "Takes Fireflies' webhooks and fetches the transcripts." },
  ),
  service(
    "fireflies-transcript-processor",
    "processors",
    ["fireflies.transcript.ready"],
    ["artifact.created", "fireflies.transcript.processed", "fireflies.transcript.failed"],
    ["services.fireflies.transcript_processor"],
    on(3, 1, 1),
    { description: "Writes transcripts into the vault as Markdown." },
  ),
  service(
    "fireflies-transcript-notifier",
    "notifiers",
    ["fireflies.transcript.processed", "fireflies.transcript.failed"],
    [],
    ["services.fireflies.transcript_notifier"],
    on(0, 1),
  ),
  service(
    "theboard-meeting-trigger",
    "orchestrators",
    ["theboard.meeting.trigger", "feature.brainstorm.requested"],
    ["theboard.meeting.created"],
    ["services.theboard.meeting_trigger", "services.theboard.feature_brainstorm"],
    on(0, 0.2),
  ),
  service(
    "agent-feedback-router",
    "processors",
    ["agent.feedback.requested"],
    ["agent.feedback.response"],
    ["services.agent.feedback_router"],
    { connected: false, consumers: 0, depth: 214, rate: 0, failures: 7 },
    { description: "Asks AgentForge's agents for their feedback." },
  ),
  service("github-pr-listener", "external_sources", [], ["github.pr.created"], [], on(0, 0.1)),
  service(
    "llm-cost-calculator",
    "collectors",
    ["llm.*"],
    [],
    ["services.llm.cost_calculator"],
    { connected: false },
    { status: "planned" },
  ),
  service(
    "tonny-agent",
    "event_producers",
    ["tts.response.completed"],
    ["transcription.voice.completed"],
    ["services.tts.tonny"],
    { connected: false },
    { status: "active" },
  ),
];

function topologyOf(all, letters) {
  const nodes = [{ id: "bloodbank.events.v1", kind: "exchange", declared: true, observed: true, rate: 43.3 }];
  const edges = [];
  for (const s of all) {
    const observed = s.observed?.connected === true;
    nodes.push({
      id: `service:${s.name}`,
      label: s.name,
      kind: "service",
      layer: s.layer,
      declared: true,
      observed,
      status: s.status,
    });
    if (s.produces.length > 0)
      edges.push({
        from: `service:${s.name}`,
        to: "bloodbank.events.v1",
        kind: "produces",
        declared: true,
        observed,
        rate: observed ? s.observed.rate : 0,
      });
    for (const queue of s.queue_names) {
      nodes.push({
        id: `queue:${queue}`,
        label: queue,
        kind: "queue",
        declared: true,
        observed: s.observed?.depth !== undefined,
        depth: s.observed?.depth,
        consumers: s.observed?.consumers,
        failures: letters.filter((letter) => letter.queue === queue).length,
      });
      if (s.routing_keys.length > 0)
        edges.push({
          from: "bloodbank.events.v1",
          to: `queue:${queue}`,
          kind: "binding",
          label: s.routing_keys.join(", "),
          declared: true,
          observed: s.observed?.depth !== undefined,
        });
      edges.push({
        from: `queue:${queue}`,
        to: `service:${s.name} `.trim() === "" ? "" : `consumer:${s.name}`,
        kind: "consumes",
        declared: true,
        observed,
        rate: observed ? s.observed.rate : 0,
      });
    }
    if (s.queue_names.length > 0)
      nodes.push({
        id: `consumer:${s.name}`,
        label: s.name,
        kind: "service",
        layer: s.layer,
        declared: true,
        observed,
        status: s.status,
      });
  }
  nodes.push({
    id: "queue:somebodys.debug",
    label: "somebodys.debug",
    kind: "queue",
    declared: false,
    observed: true,
    depth: 48211,
    consumers: 0,
  });
  edges.push({
    from: "bloodbank.events.v1",
    to: "queue:somebodys.debug",
    kind: "binding",
    label: "#",
    declared: false,
    observed: true,
    rate: 43,
  });
  return {
    layers: [
      "infrastructure",
      "event_producers",
      "external_sources",
      "collectors",
      "processors",
      "orchestrators",
      "notifiers",
      "error_handlers",
    ],
    nodes: nodes.filter(
      (n, i) =>
        n.kind !== "service" ||
        !n.id.startsWith("service:") ||
        edges.some((e) => e.from === n.id) ||
        !nodes.some((m, j) => j !== i && m.label === n.label),
    ),
    edges,
    findings: [
      {
        code: "NOT_CONNECTED",
        severity: "warning",
        subject: "consumer:agent-feedback-router",
        message: "agent-feedback-router is declared and not connected; waiting: 214.",
        hint: "Start it, or set its status to planned.",
      },
      {
        code: "UNDECLARED_QUEUE",
        severity: "error",
        subject: "queue:somebodys.debug",
        message: "Nobody declared the queue somebodys.debug, and nobody consumes it.",
        hint: "Delete it, or add it to the registry.",
      },
    ],
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const server = new FixtureServer();
  console.log(await server.start(Number(process.argv[2] ?? 8682)));
  server.populate();
  const rate = Number(process.argv[3] ?? 0);
  if (rate > 0) server.traffic(rate);
}
