/** Queues, exchanges and bindings as request bodies and definitions files give them. */
import type { ExchangeDeclaration, QueueDeclaration } from "../arguments/index.js";
import type { ApplyTo, Policy } from "../policy/index.js";
import { tableOf } from "../wire/plain.js";
import { EMPTY_TABLE, type Table } from "../wire/table.js";
import { badRequest } from "./answer.js";

type Body = Readonly<Record<string, unknown>>;

/** What a body leaves out is false, as in RabbitMQ: its own tool and page always say `durable`. */
export function queueDeclaration(vhost: string, name: string, body: Body): QueueDeclaration {
  return {
    vhost,
    name,
    durable: flag(body, "durable", false),
    autoDelete: flag(body, "auto_delete", false),
    exclusive: false,
    arguments: table(body),
  };
}

export function exchangeDeclaration(vhost: string, name: string, body: Body): ExchangeDeclaration {
  const { type = "direct" } = body;
  if (typeof type !== "string") throw badRequest("type must be a string");
  return {
    vhost,
    name,
    type,
    durable: flag(body, "durable", false),
    autoDelete: flag(body, "auto_delete", false),
    internal: flag(body, "internal", false),
    arguments: table(body),
  };
}

/** Not yet checked: see `faultOf`. */
export function policyOf(vhost: string, name: string, body: Readonly<Record<string, unknown>>): Policy {
  const { definition, priority } = body;
  if (typeof definition !== "object" || definition === null) throw badRequest("definition must be an object");
  return {
    vhost,
    name,
    pattern: text(body, "pattern"),
    applyTo: (body["apply-to"] ?? "all") as ApplyTo,
    priority: (typeof priority === "string" && /^-?\d+$/.test(priority)
      ? Number(priority)
      : (priority ?? 0)) as number,
    definition: definition as Policy["definition"],
  };
}

export function table(body: Body): Table {
  const { arguments: args } = body;
  if (args === undefined || args === null || args === "") return EMPTY_TABLE;
  if (Array.isArray(args) && args.length === 0) return EMPTY_TABLE;
  if (typeof args !== "object" || Array.isArray(args)) throw badRequest("arguments must be an object");
  return tableOf(args as Record<string, unknown>);
}

export function text(body: Body, key: string, otherwise = ""): string {
  const value = body[key] ?? otherwise;
  if (typeof value !== "string") throw badRequest(`${key} must be a string`);
  return value;
}

/** `rabbitmqadmin` sends booleans as words. */
function flag(body: Body, key: string, otherwise: boolean): boolean {
  const value = body[key] ?? otherwise;
  if (typeof value === "boolean") return value;
  if (value === "true") return true;
  if (value === "false") return false;
  throw badRequest(`${key} must be true or false`);
}

/** Tags come as a list or as words with commas between them. */
export function tagsOf(value: unknown): readonly string[] {
  const words = Array.isArray(value) ? value.map(String) : String(value ?? "").split(",");
  return words.map((word) => word.trim()).filter((word) => word !== "");
}

/** Whole, with its padding: Node decodes anything, and leaves out what it does not understand. */
export function isBase64(value: string): boolean {
  const text = value.replace(/\s/g, "");
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

/** A user's password, plain or hashed, as a body gives it. Throws 400 for both, and for a hash that is none. */
export function secretOf(body: Body): { readonly password?: string; readonly passwordHash?: string } {
  const passwordHash = text(body, "password_hash");
  if (!isBase64(passwordHash)) throw badRequest("password_hash must be base64");
  if (body.password === undefined) return { passwordHash };
  if (body.password_hash !== undefined) throw badRequest("both_password_and_password_hash_are_provided");
  return { password: text(body, "password") };
}
