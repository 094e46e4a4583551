/** What the broker says about itself, asked once for all who look in the same second. */
import type {
  BindingInfo,
  ConnectionInfo,
  ConsumerInfo,
  ExchangeInfo,
  QueueInfo,
} from "../management/answers.js";
import type { ManagementClient } from "../management/client.js";

const FRESH = 1_000;

export interface BrokerFacts {
  readonly queues: ReadonlyMap<string, QueueInfo>;
  readonly exchanges: readonly ExchangeInfo[];
  readonly bindings: readonly BindingInfo[];
  readonly consumers: readonly ConsumerInfo[];
  readonly connections: readonly ConnectionInfo[];
}

export class BrokerView {
  readonly #management: ManagementClient | undefined;
  #asked = Number.NEGATIVE_INFINITY;
  #answer: Promise<BrokerFacts> | undefined;

  constructor(management: ManagementClient | undefined) {
    this.#management = management;
  }

  /** `undefined` where no management API answers: then nothing is known, which is not the same as nothing there. */
  async facts(): Promise<BrokerFacts | undefined> {
    if (this.#management === undefined) return undefined;
    const now = performance.now();
    if (this.#answer === undefined || now - this.#asked > FRESH) {
      this.#asked = now;
      this.#answer = ask(this.#management);
    }
    return this.#answer.catch(() => undefined);
  }
}

async function ask(management: ManagementClient): Promise<BrokerFacts> {
  const [queues, exchanges, bindings, consumers, connections] = await Promise.all([
    management.queues(),
    management.exchanges(),
    management.bindings(),
    management.consumers(),
    management.connections(),
  ]);
  return {
    queues: new Map(queues.map((queue) => [queue.name, queue])),
    exchanges,
    bindings,
    consumers,
    connections,
  };
}
