/** One delivery to an address: no redirects, a deadline for all of it, and the address checked as it is connected to. */
import { request as plain } from "node:http";
import { request as secure } from "node:https";
import { isIP } from "node:net";
import { ForbiddenTarget, guardedLookup, isInner, refused } from "./targets.js";

const DEADLINE = 15_000;

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly allowInner: boolean;
  readonly signal?: AbortSignal;
}

/** The status that was answered. Rejects where none was. */
export function post({ url, headers, body, allowInner, signal }: Post): Promise<number> {
  const address = new URL(url);
  const host = address.hostname.replace(/^\[|\]$/g, "");
  if (!allowInner && isIP(host) !== 0 && isInner(host))
    return Promise.reject(new ForbiddenTarget(refused(host)));
  return new Promise((resolve, reject) => {
    const outgoing = (address.protocol === "https:" ? secure : plain)(
      address,
      {
        method: "POST",
        headers: { ...headers, "content-length": String(body.length), "user-agent": "Bloodbank" },
        lookup: guardedLookup(allowInner),
        ...(signal && { signal }),
      },
      (response) => {
        clearTimeout(timer);
        resolve(response.statusCode ?? 0);
        // What it has to say is not read.
        response.destroy();
      },
    );
    const timer = setTimeout(
      () => outgoing.destroy(new Error(`no answer within ${DEADLINE / 1_000} s`)),
      DEADLINE,
    );
    outgoing.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    outgoing.end(body);
  });
}
