/**
 * One request and its whole answer, by `node:http`, which the platform has loaded anyway: the built-in `fetch` brings a
 * second HTTP client, which costs every start a tenth of its time.
 */
import { request as plain } from "node:http";
import { request as secure } from "node:https";

const DEADLINE = 5_000;

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Rejects where no whole answer came in time; a refusal is an answer. */
export function send(url: string, method: string, authorization: string, body?: object): Promise<Answer> {
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
