/** The two questions that a move asks of a management API, the embedded broker's and RabbitMQ's alike. */
import { CliError, messageOf } from "../errors.js";

export interface Definitions {
  readonly exchanges?: readonly { readonly name: string }[];
  readonly queues?: readonly QueueDefinition[];
  readonly bindings?: readonly object[];
  readonly policies?: readonly object[];
}

export interface QueueDefinition {
  readonly name: string;
  readonly durable?: boolean;
  readonly auto_delete?: boolean;
  readonly arguments?: Readonly<Record<string, unknown>>;
}

export class Management {
  readonly #origin: string;
  readonly #vhost: string;
  readonly #authorization: string;

  /** @param url with user and password, `guest` where it has none */
  constructor(url: string, vhost: string) {
    const { origin, pathname, username, password } = new URL(url);
    this.#origin = origin + pathname.replace(/\/$/, "");
    this.#vhost = encodeURIComponent(vhost);
    const user = `${decodeURIComponent(username) || "guest"}:${decodeURIComponent(password) || "guest"}`;
    this.#authorization = `Basic ${Buffer.from(user).toString("base64")}`;
  }

  definitions(): Promise<Definitions> {
    return this.#ask("GET", `definitions/${this.#vhost}`);
  }

  /** What is there already stays as it is. */
  async define(definitions: Definitions): Promise<void> {
    await this.#ask("POST", `definitions/${this.#vhost}`, definitions);
  }

  async #ask<Answer>(method: string, path: string, body?: object): Promise<Answer> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${this.#origin}/api/${path}`, {
        method,
        headers: { authorization: this.#authorization, "content-type": "application/json" },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(30_000),
      });
      text = await response.text();
    } catch (error) {
      throw new CliError("UNREACHABLE", `no management API answers at ${this.#origin}: ${messageOf(error)}`, {
        hint: "name it with --management; RabbitMQ has it by rabbitmq-plugins enable rabbitmq_management",
        cause: error,
      });
    }
    if (!response.ok)
      throw new CliError(
        "REFUSED",
        `${this.#origin}: ${method} /api/${path} answered ${response.status} ${text.slice(0, 300)}`,
        { hint: "is it RabbitMQ's management API, and may this user administer its virtual host?" },
      );
    try {
      return (text === "" ? undefined : JSON.parse(text)) as Answer;
    } catch (error) {
      throw new CliError(
        "NOT_UNDERSTOOD",
        `${this.#origin}/api/${path} answered something that is not JSON`,
        {
          hint: "name RabbitMQ's management API with --management",
          cause: error,
        },
      );
    }
  }
}
