import type { Queue } from "../queue/queue.js";

/** What has something to do at the end of a turn, once, however often it was asked for. */
export interface TurnEnd {
  /** Kept by the turn. */
  due: boolean;
  endTurn(): void;
}

/**
 * The end of a turn of the event loop: whatever sockets brought in one poll is handed out together, confirmed
 * together, and leaves in one write a connection. Queues first, then channels (confirms), then connections (bytes).
 */
export class Turn {
  /** What `time` gave last: good enough for what is measured in seconds. */
  now: number;
  readonly time: () => number;
  #queues: Queue[] = [];
  #channels: TurnEnd[] = [];
  #connections: TurnEnd[] = [];
  #scheduled = false;

  /** `time`: milliseconds of a clock that nobody sets, and that stands still while the machine sleeps. */
  constructor(time: () => number) {
    this.time = time;
    this.now = time();
  }

  dispatch(queue: Queue): void {
    this.#queues.push(queue);
    this.#schedule();
  }

  confirm(channel: TurnEnd): void {
    if (channel.due) return;
    channel.due = true;
    this.#channels.push(channel);
    this.#schedule();
  }

  flush(connection: TurnEnd): void {
    if (connection.due) return;
    connection.due = true;
    this.#connections.push(connection);
    this.#schedule();
  }

  /** Runs now what was scheduled for the end of the turn. */
  readonly end = (): void => {
    this.#scheduled = false;
    this.now = this.time();
    const queues = this.#queues;
    this.#queues = [];
    for (let i = 0; i < queues.length; i++) {
      const queue = queues[i]!;
      queue.awake = false;
      if (!queue.deleted) queue.dispatch();
    }
    const channels = this.#channels;
    this.#channels = [];
    for (let i = 0; i < channels.length; i++) {
      channels[i]!.due = false;
      channels[i]!.endTurn();
    }
    const connections = this.#connections;
    this.#connections = [];
    for (let i = 0; i < connections.length; i++) {
      connections[i]!.due = false;
      connections[i]!.endTurn();
    }
  };

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.end);
  }
}
