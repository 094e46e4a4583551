// The load: webhooks at the door, and a stream of events over AMQP. What was accepted or confirmed goes into the
// ledger; what was not may be anywhere, and is not counted.
import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Publisher } from "@33god/bloodbank";
import { loadCatalog } from "@33god/holyfields";
import { root } from "./processes.mjs";

export const STREAM_EVENT = "worktree.created";
export const EFFECTS_QUEUE = "services.faults.effects";
const catalog = loadCatalog();
/** Events published and not yet confirmed. */
const WINDOW = 40;

export class Load {
  #ports;
  #ledger;
  #publisher;
  #running = false;
  #work = [];
  #n = 0;
  #meetings = 0;
  #run = Date.now().toString(36);
  #template = JSON.parse(readFileSync(path.join(root, "examples/fireflies/meeting.json"), "utf8"));

  constructor(ports, ledger) {
    this.#ports = ports;
    this.#ledger = ledger;
  }

  /** Goes on until `stop`, whatever is killed meanwhile. */
  start() {
    this.#publisher = new Publisher(
      {
        url: `amqp://guest:guest@127.0.0.1:${this.#ports.amqp}/`,
        catalog,
        source: { host: "faults", type: "system", app: "load" },
      },
      { maxPending: WINDOW },
    );
    this.#running = true;
    this.#work = [
      this.#publisher.start({ retry: true }).catch(() => undefined),
      ...Array.from({ length: WINDOW }, () => this.#publish()),
      this.#post(),
      this.#post(),
    ];
  }

  /** Resolves when everything begun is confirmed, refused or given up. */
  async stop() {
    this.#running = false;
    await Promise.all(this.#work);
    await this.#publisher.close();
  }

  async #publish() {
    while (this.#running) {
      const n = this.#n++;
      try {
        const { event } = await this.#publisher.publish(STREAM_EVENT, {
          repo: "faults",
          branch: `b${n}`,
          path: `/w/${n}`,
          n,
        });
        this.#ledger.confirmed(event.event_id, n);
      } catch (error) {
        this.#ledger.unconfirmed(error);
      }
      await sleep(4);
    }
  }

  async #post() {
    while (this.#running) {
      const id = `${this.#run}-${this.#meetings++}`;
      const document = structuredClone(this.#template);
      Object.assign(document.data.transcript, { id, title: `Meeting ${id}` });
      try {
        const response = await fetch(`http://127.0.0.1:${this.#ports.http}/webhooks/fireflies`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(document),
          signal: AbortSignal.timeout(10_000),
        });
        const body = await response.json();
        if (response.status === 202) this.#ledger.accepted(body.event_id, id);
      } catch {
        // Nobody answered: nothing was promised.
      }
      await sleep(25);
    }
  }
}
