/**
 * Server-sent events over `fetch`, because `EventSource` hides why it failed and gives up for good on an HTTP error.
 * The grammar: WHATWG HTML, 9.2.6 "Interpreting an event stream".
 */
export interface ServerEvent {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** Feeds text in, in any pieces, and gets whole events out. */
export function eventStreamParser(): (chunk: string) => ServerEvent[] {
  let rest = "";
  let id = "";
  let event = "";
  let data: string[] = [];
  return (chunk) => {
    const out: ServerEvent[] = [];
    rest += chunk;
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "") {
        if (data.length > 0) out.push({ id, event: event || "message", data: data.join("\n") });
        event = "";
        data = [];
        continue;
      }
      const colon = line.indexOf(":");
      if (colon === 0) continue;
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "data") data.push(value);
      else if (field === "id") id = value;
      else if (field === "event") event = value;
    }
    return out;
  };
}
