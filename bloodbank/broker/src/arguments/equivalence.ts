/** Declaring what exists: the same again is fine, anything else is a 406 that names the first difference. */
import { nameOf, preconditionFailed } from "../errors.js";
import { sameValue } from "../routing/headers.js";
import { type Field, integerOf, type Table, TYPE_NAMES } from "../wire/table.js";
import { QUEUE_CHECKS } from "./checks.js";
import type { ExchangeDeclaration, QueueDeclaration } from "./declarations.js";

/**
 * Compares a queue with what a client declares now. Arguments that RabbitMQ gives no meaning to are not compared. Exclusive
 * ownership is not looked at: another connection's exclusive queue is a 405 before anything is compared.
 */
export function assertSameQueue(current: QueueDeclaration, received: QueueDeclaration): void {
  const where = nameOf("queue", current.name, current.vhost);
  assertSame("durable", where, current.durable, received.durable);
  assertSame("auto_delete", where, current.autoDelete, received.autoDelete);
  for (const name of Object.keys(QUEUE_CHECKS)) {
    const old = current.arguments.get(name);
    const asked = received.arguments.get(name);
    // Classic is what a queue is when nothing is said.
    if (name === "x-queue-type" && isClassic(old) && isClassic(asked)) continue;
    assertSameArgument(name, where, current.arguments, received.arguments);
  }
}

export function assertSameExchange(current: ExchangeDeclaration, received: ExchangeDeclaration): void {
  const where = nameOf("exchange", current.name, current.vhost);
  assertSame("type", where, current.type, received.type);
  assertSame("durable", where, current.durable, received.durable);
  assertSame("auto_delete", where, current.autoDelete, received.autoDelete);
  assertSame("internal", where, current.internal, received.internal);
  assertSameArgument("alternate-exchange", where, current.arguments, received.arguments);
}

function assertSame(name: string, where: string, current: unknown, received: unknown): void {
  if (current !== received) throw inequivalent(name, where, `'${received}'`, `'${current}'`);
}

function assertSameArgument(name: string, where: string, current: Table, received: Table): void {
  const old = current.get(name);
  const asked = received.get(name);
  if (old === undefined && asked === undefined) return;
  if (old !== undefined && asked !== undefined) {
    if (typeClass(old) === typeClass(asked) && sameValue(old, asked)) return;
    throw inequivalent(name, where, `'${printed(asked)}'`, `'${printed(old)}'`);
  }
  throw inequivalent(name, where, described(asked), described(old));
}

function inequivalent(name: string, where: string, received: string, current: string): Error {
  return preconditionFailed(
    `inequivalent arg '${name}' for ${where}: received ${received} but current is ${current}`,
  );
}

function described(field: Field | undefined): string {
  return field === undefined ? "none" : `the value '${printed(field)}' of type '${TYPE_NAMES[field.tag]}'`;
}

function printed(field: Field): string {
  return String(field.value);
}

/** Integers of all widths are one class, and so are floats; any other type is a class of its own. */
function typeClass(field: Field): string {
  if (integerOf(field) !== undefined) return "integer";
  return field.tag === "f" || field.tag === "d" ? "float" : field.tag;
}

function isClassic(field: Field | undefined): boolean {
  return field === undefined || field.value === "classic";
}
