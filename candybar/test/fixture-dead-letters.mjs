// The dead-letter part of the fixture server: groups, acts, and redrives that take their time.
import { createHash, randomUUID } from "node:crypto";

const cause = ({ queue, event_type, code }) =>
  createHash("sha256").update(`${queue} ${event_type} ${code}`).digest("hex").slice(0, 12);

export class FixtureDeadLetters {
  /** @type {import('../src/api/schemas.js').DeadLetter[]} */
  letters = [];
  /** Ids, in the order in which they went back. @type {string[]} */
  redriven = [];
  /** @type {import('../src/api/schemas.js').Redrive[]} */
  redrives = [];
  /** Letters that lie behind those that are looked at. */
  unseen = 0;
  /** How long it takes to look through them. */
  countingMs = 0;
  #timers = new Map();

  /** The letters that an order means. */
  #chosen({ ids, group, queue, event_type }) {
    return this.letters.filter(
      (letter) =>
        (!ids || ids.includes(letter.id)) &&
        (!group || cause(letter) === group) &&
        (!queue || letter.queue === queue) &&
        (!event_type || letter.event_type === event_type),
    );
  }

  groups() {
    const groups = new Map();
    for (const letter of this.letters)
      groups.set(cause(letter), [...(groups.get(cause(letter)) ?? []), letter]);
    return [...groups]
      .map(([group, members]) => {
        const { queue, event_type, code, reason } = members.at(-1);
        const times = members.map((letter) => Date.parse(letter.last_at)).sort((a, b) => a - b);
        const trend = Array.from({ length: 24 }, () => 0);
        for (const time of times)
          trend[Math.floor(((time - times[0]) / (times.at(-1) - times[0] || 1)) * 23)]++;
        const [first_at, last_at] = [times[0], times.at(-1)].map((time) => new Date(time).toISOString());
        return { group, queue, event_type, code, reason, count: members.length, first_at, last_at, trend };
      })
      .sort((a, b) => b.count - a.count);
  }

  list(query) {
    return this.#chosen({ group: query.get("group") }).slice(0, Number(query.get("limit") ?? 500));
  }

  #sendBack(letter) {
    this.redriven.push(letter.id);
    this.letters = this.letters.filter((one) => one !== letter);
  }

  /** Answers `[body, status]`, or nothing where the address is not known. */
  act([first, ...rest], body) {
    if (first === "redrive" || first === "discard") {
      const chosen = this.#chosen(body);
      for (const letter of chosen)
        if (first === "redrive") this.#sendBack(letter);
        else this.letters = this.letters.filter((one) => one !== letter);
      return [first === "redrive" ? { redriven: chosen.length } : { discarded: chosen.length }, 200];
    }
    if (first !== "redrives") return undefined;
    if (rest.length === 0) return [this.#start(body), 202];
    const one = this.redrives.find((each) => each.redrive_id === rest[0]);
    if (!one) return undefined;
    one.state = { pause: "paused", resume: "running", cancel: "cancelled" }[rest[1]];
    clearInterval(this.#timers.get(one.redrive_id));
    if (one.state === "running") this.#run(one);
    return [one, 200];
  }

  #start({ rate, ...order }) {
    const chosen = this.#chosen(order);
    const one = {
      redrive_id: randomUUID(),
      state: "running",
      queues: [...new Set(chosen.map((letter) => letter.queue))],
      event_types: [...new Set(chosen.map((letter) => letter.event_type))],
      total: chosen.length,
      done: 0,
      failed: [],
      ...(rate && { rate }),
      actor: "somebody at 127.0.0.1",
      created_at: new Date().toISOString(),
      chosen,
    };
    Object.defineProperty(one, "chosen", { enumerable: false });
    this.redrives.unshift(one);
    this.#run(one);
    return one;
  }

  #run(one) {
    const step = () => {
      const letter = one.chosen[one.done];
      if (letter) {
        this.#sendBack(letter);
        one.done++;
      }
      if (one.done < one.total) return;
      one.state = "finished";
      clearInterval(this.#timers.get(one.redrive_id));
    };
    if (one.rate) this.#timers.set(one.redrive_id, setInterval(step, 1000 / one.rate));
    else while (one.state === "running") step();
  }

  stop() {
    for (const timer of this.#timers.values()) clearInterval(timer);
  }
}
