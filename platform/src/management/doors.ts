/** Ways to a management API: over HTTP to a broker that others run, in process to the embedded one. */
import { request as plain } from "node:http";
import { request as secure } from "node:https";
import type { Broker } from "@33god/bloodbank-broker";

const DEADLINE = 5_000;

export type Method = "GET" | "PUT" | "POST" | "DELETE";

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export interface Door {
  /** Without user and password: to be shown. */
  readonly origin: string;
  /** `path` is below `/api`. Rejects where no whole answer came in time; a refusal is an answer. */
  ask(method: Method, path: string, body?: object): Promise<Answer>;
}

/** @param url with user and password; its path is kept, for APIs behind a prefix */
export function httpDoor(url: string): Door {
  const { origin: server, pathname, username, password } = new URL(url);
  const origin = `${server}${pathname.replace(/\/$/, "")}`;
  const user = `${decodeURIComponent(username) || "guest"}:${decodeURIComponent(password) || "guest"}`;
  const authorization = `Basic ${Buffer.from(user).toString("base64")}`;
  return { origin, ask: (method, path, body) => send(`${origin}/api${path}`, method, authorization, body) };
}

/** What is asked every second costs a fraction of what it costs over HTTP, and needs no user. */
export function innerDoor(broker: Broker, origin: string): Door {
  return { origin, ask: (method, path, body) => broker.manage(method, path, body) };
}

/**
 * By `node:http`, which the platform has loaded anyway: the built-in `fetch` brings a second HTTP client, which costs
 * every start a tenth of its time.
 */
function send(url: string, method: Method, authorization: string, body?: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const content = body && Buffer.from(JSON.stringify(body));
    const request = url.startsWith("https:") ? secure : plain;
    const outgoing = request(url, {
      method,
      // A connection of its own: one kept open may be closed by the other side just as it is used again.
      agent: false,
      headers: {
        authorization,
        "content-type": "application/json",
        ...(content && { "content-length": content.length }),
      },
      signal: AbortSignal.timeout(DEADLINE),
    });
    outgoing.on("error", (error) =>
      reject(error.name === "AbortError" ? new Error(`no answer within ${DEADLINE / 1_000} s`) : error),
    );
    outgoing.on("response", (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () =>
        resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") }),
      );
    });
    outgoing.end(content);
  });
}
