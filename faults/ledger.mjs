// What was promised, and whether it was kept.
import { readdirSync } from "node:fs";
import path from "node:path";
import { eventId } from "@33god/bloodbank";
import { DatabaseSync } from "@photostructure/sqlite";
import { until } from "./processes.mjs";

export class Ledger {
  #ports;
  #folder;
  /** event_id → meeting id, for each webhook that was answered with 202. */
  #webhooks = new Map();
  /** event_id → number, for each event whose publish resolved. */
  #stream = new Map();
  #unconfirmed = 0;
  /** Found in the store already. */
  #seen = new Set();

  constructor(ports, folder) {
    this.#ports = ports;
    this.#folder = folder;
  }

  accepted(id, meeting) {
    this.#webhooks.set(id, meeting);
  }

  confirmed(id, n) {
    this.#stream.set(id, n);
  }

  unconfirmed() {
    this.#unconfirmed++;
  }

  get counts() {
    return { webhooks: this.#webhooks.size, events: this.#stream.size, unconfirmed: this.#unconfirmed };
  }

  /** Every event that must be in the store by now. */
  #expected() {
    const ids = new Set(this.#stream.keys());
    for (const [ready, meeting] of this.#webhooks) {
      ids.add(ready);
      for (const type of ["artifact.created", "fireflies.transcript.processed"])
        ids.add(eventId(type, { transcript_id: meeting }));
    }
    return ids;
  }

  /** Waits until all is accounted for, and gives the list of what is not. */
  async losses() {
    const losses = [];
    let missing = [];
    await until(async () => {
      missing = await this.#missing();
      return missing.length === 0;
    }, "the store").catch(() => undefined);
    for (const id of missing) losses.push(`not in the store: ${this.#name(id)}`);

    let effects = [];
    await until(() => {
      effects = this.#effects();
      return this.#withoutEffect(effects).length === 0;
    }, "the effects").catch(() => undefined);
    for (const id of this.#withoutEffect(effects)) losses.push(`no effect: ${this.#name(id)}`);
    return [...losses, ...twice(effects), ...outOfOrder(effects), ...this.#files()];
  }

  async #missing() {
    const open = [...this.#expected()].filter((id) => !this.#seen.has(id));
    for (let from = 0; from < open.length; from += 25)
      await Promise.all(
        open.slice(from, from + 25).map(async (id) => {
          const found = await fetch(`http://127.0.0.1:${this.#ports.http}/api/v1/events/${id}`).then(
            (response) => response.arrayBuffer().then(() => response.ok),
            () => false,
          );
          if (found) this.#seen.add(id);
        }),
      );
    return open.filter((id) => !this.#seen.has(id));
  }

  #effects() {
    const database = new DatabaseSync(path.join(this.#folder, "effects.db"), { timeout: 10_000 });
    try {
      return database.prepare("SELECT event_id, n FROM effects ORDER BY position").all();
    } finally {
      database.close();
    }
  }

  #withoutEffect(effects) {
    const made = new Set(effects.map(({ event_id }) => event_id));
    return [...this.#stream.keys()].filter((id) => !made.has(id));
  }

  /** One file a meeting. */
  #files() {
    const names = readdirSync(path.join(this.#folder, "vault"), { recursive: true, encoding: "utf8" });
    const files = names.filter((name) => name.endsWith(".md"));
    return [...this.#webhooks.values()].flatMap((meeting) => {
      const found = files.filter((name) => name.endsWith(`-${meeting}.md`)).length;
      return found === 1 ? [] : [`${found} files for meeting ${meeting}`];
    });
  }

  #name(id) {
    if (this.#stream.has(id)) return `stream event ${this.#stream.get(id)} (${id})`;
    return `${id}, of meeting ${this.#webhooks.get(id) ?? "(effect of one)"}`;
  }
}

function twice(effects) {
  const seen = new Set();
  return effects.flatMap(({ event_id, n }) => {
    if (seen.has(event_id)) return [`effect made twice: stream event ${n}`];
    seen.add(event_id);
    return [];
  });
}

/** The stream has one publisher and one queue: effects must come in the order in which it was published. */
function outOfOrder(effects) {
  const wrong = [];
  for (let i = 1; i < effects.length; i++)
    if (effects[i].n < effects[i - 1].n) wrong.push(`stream event ${effects[i].n} after ${effects[i - 1].n}`);
  return wrong;
}
