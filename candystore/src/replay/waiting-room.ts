/**
 * Keeps a queue from filling: no more is sent than there is room for, by what the broker says and what is on its way.
 * What is on its way may be in the queue already: it is counted twice then, never not at all.
 */
const LOOK_AGAIN = 25;

export interface WaitingRoomParts {
  /** Messages that wait in the queue now; undefined: there is none, or nobody can tell, and nothing is held. */
  readonly depth: () => Promise<number | undefined>;
  /** Messages that may wait in it. */
  readonly most: number;
  /** Sent and not confirmed yet. */
  readonly underWay: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly stopped: () => boolean;
}

export class WaitingRoom {
  readonly #parts: WaitingRoomParts;
  #room = 0;

  constructor(parts: WaitingRoomParts) {
    this.#parts = parts;
  }

  /** Takes the place of one more where there is one. */
  take(): boolean {
    if (this.#room <= 0) return false;
    this.#room--;
    return true;
  }

  /** Waits until there is a place, or it was stopped. */
  async wait(): Promise<void> {
    const { depth, most, underWay, sleep, stopped } = this.#parts;
    while (this.#room <= 0 && !stopped()) {
      // Before the broker is asked: what is confirmed meanwhile was perhaps not there yet when it looked.
      const sent = underWay();
      const waiting = await depth();
      this.#room = waiting === undefined ? most : most - waiting - sent;
      if (this.#room <= 0) await sleep(LOOK_AGAIN);
    }
  }
}
