/**
 * One HTTP request. Node's own `fetch` would do, but loading it takes longer than everything else that `bb trace`
 * does (50 to 100 ms against 10).
 */
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";

export interface RequestOptions {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Readable | undefined;
  /** Ends the request, and the answer's body too. */
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly ok: boolean;
  /** Pieces as they come; what is not wanted is destroyed. */
  readonly body: IncomingMessage;
  text(): Promise<string>;
}

/** Resolves when the head of the answer is there. Rejects with the socket's own error. */
export async function request(
  url: string,
  { method, headers, body, signal }: RequestOptions,
): Promise<Answer> {
  const { request: open } = url.startsWith("https:") ? await import("node:https") : await import("node:http");
  return new Promise((resolve, reject) => {
    const outgoing = open(url, { method, headers, signal });
    outgoing.on("error", reject);
    outgoing.on("response", (incoming) => {
      const status = incoming.statusCode ?? 0;
      resolve({
        status,
        ok: status >= 200 && status < 300,
        body: incoming,
        async text() {
          const pieces: Uint8Array[] = [];
          for await (const piece of incoming) pieces.push(piece);
          return Buffer.concat(pieces).toString("utf8");
        },
      });
    });
    if (body === undefined || typeof body === "string") {
      outgoing.end(body);
      return;
    }
    body.on("error", (error) => outgoing.destroy(error));
    body.pipe(outgoing);
  });
}
