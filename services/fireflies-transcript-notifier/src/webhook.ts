/**
 * The notice to an address, in the form of Standard Webhooks: `webhook-id` is the event's id, so that a receiver can
 * tell a repetition; with a secret, `webhook-signature` proves who sent it.
 */
import { createHmac } from "node:crypto";
import { NonRetryable } from "@33god/bloodbank";
import { mayPass, pause, retryAfter, within } from "@33god/service-kit";
import type { Notice } from "./notice.js";

export interface WebhookTarget {
  readonly url: string;
  /** As Standard Webhooks writes it, `whsec_` and base64; anything else is taken as its UTF-8 bytes. */
  readonly secret?: string | undefined;
  /** Milliseconds for the whole answer; 10,000 by default. */
  readonly timeout?: number;
}

/** A `Retry-After` up to this many milliseconds is waited for before the retry ladder takes over. */
const PATIENCE = 30_000;

/** Resolves when the receiver answered 2xx. Rejects with `NonRetryable` where it refuses for good. */
export async function sendWebhook(target: WebhookTarget, notice: Notice, signal: AbortSignal): Promise<void> {
  const id = notice.event.event_id;
  const body = JSON.stringify({
    type: notice.event.event_type,
    timestamp: notice.event.timestamp,
    text: notice.text,
    data: notice.event.payload,
    event_id: id,
  });
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const response = await within(target.timeout ?? 10_000, signal, (limited) =>
    fetch(target.url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": timestamp,
        ...(target.secret !== undefined && {
          "webhook-signature": `v1,${signature(target.secret, `${id}.${timestamp}.${body}`)}`,
        }),
      },
      body,
      signal: limited,
    }),
  );
  await response.body?.cancel();
  if (response.ok) return;
  const refusal = `${new URL(target.url).origin} answered ${response.status} to notice ${id}`;
  if (!mayPass(response.status)) throw new NonRetryable(refusal);
  const wait = retryAfter(response.headers.get("retry-after"), Date.now());
  if (wait !== undefined && wait <= PATIENCE) await pause(wait, signal);
  throw new Error(refusal);
}

function signature(secret: string, content: string): string {
  const key = secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : Buffer.from(secret);
  return createHmac("sha256", key).update(content).digest("base64");
}
