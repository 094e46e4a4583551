/** One line an occurrence, in pino's form: JSON for machines, and for a person at a terminal a short text. */
import pino from "pino";
import type { LogLevel } from "../config/contract.js";
import type { LogSink } from "../contract.js";

export type Log = (level: LogLevel, message: string, fields?: object) => void;

export interface Logging {
  readonly log: Log;
  /** A log of the same lines under another name. */
  named(name: string): Log;
  /** A line that a service wrote, JSON or not, with its name in front. */
  passOn(service: string, line: string): void;
}

/** @param pretty for a person: time, level, name and message, without the braces */
export function openLog(least: LogLevel, sink: LogSink, pretty: boolean): Logging {
  const write = pretty ? (line: string) => sink(short(line)) : sink;
  const root = pino(
    { level: least, base: null },
    { write: (line: string) => write(line.replace(/\n$/, "")) },
  );
  const named = (name: string): Log => {
    const child = root.child({ name });
    return (level, message, fields) => child[level](fields ?? {}, message);
  };
  return {
    log: named("bloodbank"),
    named,
    passOn: (service, line) => {
      if (line === "") return;
      write(
        isRecord(line) ? line : JSON.stringify({ level: 30, time: Date.now(), name: service, msg: line }),
      );
    },
  };
}

const NAMES: Readonly<Record<number, string>> = {
  20: "debug",
  30: "info",
  40: "WARN",
  50: "ERROR",
  60: "FATAL",
};
const HIDDEN = new Set(["level", "time", "name", "msg", "pid", "hostname", "v"]);

/** What is not one of our lines is shown as it is. */
function short(line: string): string {
  const record = parsed(line);
  if (record === undefined) return line;
  const { level, time, name, msg } = record;
  const fields = Object.entries(record)
    .filter(([key, value]) => !HIDDEN.has(key) && value !== undefined)
    .map(([key, value]) => ` ${key}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join("");
  const clock = new Date(Number(time)).toTimeString().slice(0, 8);
  return `${clock} ${(NAMES[Number(level)] ?? "info").padEnd(5)} ${name ?? ""}: ${msg ?? ""}${fields}`;
}

const isRecord = (line: string) => line.startsWith("{") && parsed(line) !== undefined;

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
