import type { MessageLog } from "./message-log.js";
import type { StoredMessage } from "./record.js";
import type { VolatileStore } from "./volatile-store.js";

/** The two places where messages lie, told apart by the sign of the reference. */
export class MessageStore {
  readonly log: MessageLog;
  readonly volatile: VolatileStore;

  constructor(log: MessageLog, volatile: VolatileStore) {
    this.log = log;
    this.volatile = volatile;
  }

  /** Valid until the next turn of the event loop, append or read, whichever comes first. */
  message(ref: number): StoredMessage {
    return ref < 0 ? this.volatile.message(ref) : this.log.message(ref);
  }

  /** The queue does not need the message any more. */
  release(ref: number, queueId: number): void {
    if (ref < 0) this.volatile.release(ref);
    else this.log.release(ref, queueId);
  }

  /** The queue itself is gone for good. */
  forget(ref: number): void {
    if (ref < 0) this.volatile.release(ref);
    else this.log.forget(ref);
  }
}
