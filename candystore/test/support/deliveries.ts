/** Deliveries as the recorder receives them. */
import { Buffer } from "node:buffer";
import { randomUUID } from "node:crypto";
import type { Delivery } from "../../src/index.js";

export interface Made {
  readonly id?: string;
  readonly type?: string;
  readonly app?: string;
  readonly version?: string;
  readonly causes?: readonly string[];
  readonly conversation?: string;
  readonly payload?: Readonly<Record<string, unknown>>;
  readonly at?: number;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly routingKey?: string;
}

export type TestDelivery = Delivery & { readonly id: string };

/** A whole, valid `artifact.created` unless told otherwise. */
export function delivery(made: Made = {}): TestDelivery {
  const id = made.id ?? randomUUID();
  const type = made.type ?? "artifact.created";
  const at = made.at ?? Date.now();
  const event = {
    event_id: id,
    event_type: type,
    timestamp: new Date(at).toISOString(),
    version: made.version ?? "v1",
    source: { host: "test", type: "system", app: made.app ?? "suite" },
    correlation_ids: made.causes ?? [],
    agent_context: null,
    payload: { artifact_type: "document", file_path: "/vault/a.md", ...made.payload },
  };
  return {
    id,
    body: Buffer.from(JSON.stringify(event)),
    exchange: "bloodbank.events.v1",
    routingKey: made.routingKey ?? type,
    headers: made.headers ?? {},
    properties: {
      contentType: "application/json",
      deliveryMode: 2,
      messageId: id,
      type,
      appId: event.source.app,
      ...(made.conversation !== undefined && { correlationId: made.conversation }),
    },
    receivedAt: at,
  };
}

export const raw = (body: string | Uint8Array, more: Partial<Delivery> = {}): Delivery => ({
  body: typeof body === "string" ? Buffer.from(body) : body,
  exchange: "bloodbank.events.v1",
  routingKey: "artifact.created",
  headers: {},
  properties: {},
  receivedAt: Date.now(),
  ...more,
});

export const many = (count: number, make: (i: number) => Made = () => ({})): readonly TestDelivery[] =>
  Array.from({ length: count }, (_, i) => delivery(make(i)));
