/**
 * The live stream (SSE: WHATWG HTML §9.2), followed for as long as somebody looks: a lost connection is taken up
 * again after the last event that was seen.
 */
import { CliError } from "../errors.js";
import type { StoredEvent } from "./answers.js";
import type { PlatformClient } from "./client.js";

export interface FollowOptions {
  readonly query: URLSearchParams;
  readonly signal: AbortSignal;
  /** Told once for each loss, and when it is taken up again. */
  readonly onState: (state: "lost" | "back", reason: string) => void;
  /** Start after this position; only what is new without it. */
  readonly after?: number;
}

const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 5_000;

export async function* follow(
  client: PlatformClient,
  { query, signal, onState, after }: FollowOptions,
): AsyncGenerator<StoredEvent, void, undefined> {
  let last = after === undefined ? "" : String(after);
  let pause = FIRST_PAUSE;
  let lost = false;
  for (let first = true; !signal.aborted; first = false) {
    try {
      const answer = await client.raw(`/api/v1/events/stream?${query}`, {
        type: "text/event-stream",
        headers: last === "" ? {} : { "last-event-id": last },
        signal,
      });
      if (lost) onState("back", "");
      lost = false;
      pause = FIRST_PAUSE;
      const parse = eventParser();
      const text = new TextDecoder();
      for await (const chunk of answer.body)
        for (const { id, data } of parse(text.decode(chunk, { stream: true }))) {
          if (id !== "") last = id;
          const stored = readEvent(data);
          if (stored !== undefined) yield stored;
        }
      throw new Error("the platform ended the stream");
    } catch (error) {
      if (signal.aborted) return;
      // What the platform refuses at once, it will refuse again; and nothing was there to be lost yet.
      if (
        error instanceof CliError &&
        (first || !["UNREACHABLE", "SLOW", "PLATFORM_FAILED"].includes(error.code))
      )
        throw error;
      if (!lost) onState("lost", error instanceof Error ? error.message : String(error));
      lost = true;
      await sleep(pause, signal);
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    }
  }
}

/** A heartbeat or a kind of message that a later platform adds is none. */
function readEvent(data: string): StoredEvent | undefined {
  try {
    const parsed: unknown = JSON.parse(data);
    return typeof parsed === "object" && parsed !== null && "event_id" in parsed && "position" in parsed
      ? (parsed as StoredEvent)
      : undefined;
  } catch {
    return undefined;
  }
}

export interface ServerEvent {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** Takes text in any pieces, gives whole events. */
export function eventParser(): (chunk: string) => readonly ServerEvent[] {
  let rest = "";
  let id = "";
  let event = "";
  let data: string[] = [];
  return (chunk) => {
    const whole: ServerEvent[] = [];
    const lines = (rest + chunk).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "") {
        if (data.length > 0) whole.push({ id, event: event || "message", data: data.join("\n") });
        event = "";
        data = [];
        continue;
      }
      const colon = line.indexOf(":");
      if (colon === 0) continue;
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "data") data.push(value);
      else if (field === "event") event = value;
      else if (field === "id" && !value.includes("\0")) id = value;
    }
    return whole;
  };
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}
