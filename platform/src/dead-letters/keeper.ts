/** Keeps the dead-letter policies in order, now and then and when somebody asks, through the management API. */
import { deadLetterQueue } from "@33god/bloodbank";
import { queuesOf, type Registry } from "@33god/registry/entries";
import type { Config } from "../config/contract.js";
import { messageOf } from "../errors.js";
import type { Log } from "../log/log.js";
import type { ManagementClient } from "../management/client.js";
import { keepNewQueues } from "./new-queues.js";
import { type KeptQueue, planPolicies, policyFor } from "./plan.js";

/** Between two rounds. */
const PERIOD = 5_000;
/** Between two looks for queues that the last round did not see. Until then `new-queues.ts` keeps what dies in them. */
const LOOK = 1_000;

export interface KeeperParts {
  readonly config: Config;
  readonly registry: Registry;
  readonly management: ManagementClient;
  readonly log: Log;
}

export class PolicyKeeper {
  readonly #parts: KeeperParts;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> = Promise.resolve();
  #closing = false;
  #kept: readonly KeptQueue[] = [];
  #failing: string | undefined;
  /** What the events exchange fed in the last round. */
  #fed: ReadonlySet<string> = new Set();

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  get kept(): readonly KeptQueue[] {
    return this.#kept;
  }

  /** Why the policies cannot be kept; `undefined` while they can. */
  get failing(): string | undefined {
    return this.#failing;
  }

  /** Resolves after the first round; further ones follow by themselves. Never rejects. */
  start(): Promise<void> {
    this.#working = this.#round().finally(() => this.#lookIn(PERIOD));
    return this.#working;
  }

  async close(): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#timer);
    await this.#working;
  }

  /** The next round is in so many milliseconds, or as soon as there is a new queue. */
  #lookIn(left: number): void {
    if (this.#closing) return;
    const pause = Math.min(left, this.#failing === undefined ? LOOK : PERIOD);
    this.#timer = setTimeout(async () => {
      if (left > pause && !(await this.#hasNews())) this.#lookIn(left - pause);
      else if (!this.#closing) void this.start();
    }, pause).unref();
  }

  async #hasNews(): Promise<boolean> {
    const { management, config } = this.#parts;
    const fed = await management.destinationsOf(config.exchange).catch(() => []);
    return fed.some((name) => !this.#fed.has(name));
  }

  async #round(): Promise<void> {
    const { management, config, log } = this.#parts;
    try {
      const [queues, bindings, policies] = await Promise.all([
        management.queues(),
        management.bindings(),
        management.policies(),
      ]);
      const plan = planPolicies({
        exchange: config.exchange,
        queues,
        bindings,
        policies,
        registered: new Set(this.#registered()),
        names: new Map([[config.storeQueue, config.storeDeadLetterQueue]]),
      });
      const args = config.queueType === undefined ? {} : { "x-queue-type": config.queueType };
      await keepNewQueues(management, { queues, bindings, policies }, args);
      for (const queue of plan.declare) await management.declareQueue(queue, args);
      for (const policy of plan.put) await management.putPolicy(policy);
      for (const name of plan.remove) await management.deletePolicy(name);
      this.#tellNews(plan.kept);
      this.#kept = plan.kept;
      this.#fed = new Set(
        bindings.filter(({ source }) => source === config.exchange).map(({ destination }) => destination),
      );
      this.#failing = undefined;
    } catch (error) {
      if (this.#closing) return;
      const reason = messageOf(error);
      // Once: the next rounds would say the same.
      if (this.#failing === undefined)
        log("warn", `dead-letter policies cannot be kept: ${reason}. ${this.#byHand().join("\n")}`);
      this.#failing = reason;
    }
  }

  /** An operator's policy that is in the way is told when it is seen first. */
  #tellNews(kept: readonly KeptQueue[]): void {
    const known = new Set(this.#kept.map(({ queue, kept_by }) => `${queue} ${kept_by}`));
    for (const { queue, kept_by, policy } of kept)
      if (!known.has(`${queue} ${kept_by}`)) {
        if (kept_by === "operator")
          this.#parts.log("info", `${queue}: dead letters are kept by the operator's policy ${policy}`);
        if (kept_by === "reported")
          this.#parts.log(
            "warn",
            `${queue}: a policy's pattern cannot be understood here; dead letters are the operator's matter`,
          );
      }
  }

  #registered(): readonly string[] {
    const { registry, config } = this.#parts;
    return Object.values(registry.services)
      .filter(({ status, external }) => status === "active" && !external)
      .flatMap((entry) =>
        entry.queue_variable === "EVENT_STORE_MANAGER_QUEUE"
          ? [config.storeQueue]
          : queuesOf(entry).map(({ queue }) => queue),
      );
  }

  /** What an operator of that RabbitMQ would type instead. */
  #byHand(): readonly string[] {
    const { management, config } = this.#parts;
    const lines = this.#registered().map((name) => {
      const dlq = name === config.storeQueue ? config.storeDeadLetterQueue : deadLetterQueue(name);
      const {
        name: policy,
        pattern,
        definition,
      } = policyFor({ name, type: config.queueType ?? "classic" }, dlq);
      return `  rabbitmqctl set_policy -p '${management.vhost}' --apply-to queues --priority 0 '${policy}' '${pattern}' '${JSON.stringify(definition)}'`;
    });
    return ["Set RABBITMQ_MANAGEMENT_URL, or type:", ...lines];
  }
}
