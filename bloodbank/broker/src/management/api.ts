/**
 * The management API itself: who may ask what, and the rates behind the answers. Others reach it over HTTP (server.ts), the
 * process that started the broker without that detour.
 */
import type { User } from "../access/index.js";
import type { Clock, ManagementAnswer } from "../contract.js";
import { type Answer, errorOf, ManagementError, missing } from "./answer.js";
import type { ManagedBroker } from "./contract.js";
import { hasRole, OWNER, Request } from "./request.js";
import { RouteTable } from "./route-table.js";
import { bindingRoutes } from "./routes/bindings.js";
import { connectionRoutes } from "./routes/connections.js";
import { definitionRoutes } from "./routes/definitions.js";
import { exchangeRoutes } from "./routes/exchanges.js";
import { healthRoutes } from "./routes/health.js";
import { overviewRoutes } from "./routes/overview.js";
import { permissionRoutes } from "./routes/permissions.js";
import { policyRoutes } from "./routes/policies.js";
import { queueRoutes } from "./routes/queues.js";
import { userRoutes } from "./routes/users.js";
import { vhostRoutes } from "./routes/vhosts.js";
import { Sampler } from "./sampler.js";

export interface Question {
  readonly method: string;
  /** With its query, below `/api`: `/queues/%2F?sort=name`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Read only where the question is allowed. */
  body(): Promise<string>;
}

const TABLE = new RouteTable([
  ...overviewRoutes,
  ...healthRoutes,
  ...connectionRoutes,
  ...exchangeRoutes,
  ...queueRoutes,
  ...bindingRoutes,
  ...vhostRoutes,
  ...userRoutes,
  ...permissionRoutes,
  ...policyRoutes,
  ...definitionRoutes,
]);

export class ManagementApi {
  readonly broker: ManagedBroker;
  readonly #sampler: Sampler;
  readonly #log: (question: string, cause: unknown) => void;

  /** `log` is told of errors of the broker's own. */
  constructor(broker: ManagedBroker, clock: Clock, log: (question: string, cause: unknown) => void) {
    this.broker = broker;
    this.#sampler = new Sampler(broker, clock);
    this.#log = log;
  }

  /** Until `stopMeasuring`; without it every rate is 0. */
  measureRates(): void {
    this.#sampler.start();
  }

  stopMeasuring(): void {
    this.#sampler.stop();
  }

  /** Rejects with what `refusal` makes an answer of. */
  async answer(user: User, { method, path, headers, body }: Question): Promise<Answer> {
    const url = new URL(path, "http://localhost");
    const match = TABLE.find(method, url.pathname);
    if (!("route" in match)) {
      if (match.length === 0) throw missing();
      throw new ManagementError(405, "method_not_allowed", `Allowed are ${match.join(", ")}.`, {
        allow: match.join(", "),
      });
    }
    if (!hasRole(user, match.route.role))
      throw new ManagementError(401, "not_authorised", `Not ${match.route.role} user`);
    return match.route.handle(
      new Request(
        { broker: this.broker, sampler: this.#sampler },
        user,
        match.params,
        url.searchParams,
        await body(),
        headers,
      ),
    );
  }

  /** What is answered instead, where something was thrown. */
  refusal(question: string, thrown: unknown): Answer {
    const { status, headers, error, message } = errorOf(thrown);
    if (status === 500) this.#log(question, thrown);
    return { status, headers, body: { error, reason: message } };
  }

  /** Asked by the process that started the broker. */
  async ask(method: string, path: string, body?: object): Promise<ManagementAnswer> {
    const { status, body: answer } = await this.answer(OWNER, {
      method,
      path,
      headers: {},
      body: async () => (body === undefined ? "" : JSON.stringify(body)),
    }).catch((thrown) => this.refusal(`${method} ${path}`, thrown));
    return { status, text: answer === undefined ? "" : JSON.stringify(answer) };
  }
}
