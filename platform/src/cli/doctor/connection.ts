/** The platform itself: bus, store and recorder, as they say they are. */

import { counted } from "../terminal/counted.js";
import type { Check, Diagnosis } from "./contract.js";

interface Part {
  readonly status: string;
  readonly message?: string;
  readonly url?: string;
}

interface Readiness {
  readonly status: string;
  readonly checks?: Readonly<Record<string, Part>>;
}

export const checkConnection: Check = async ({ client, broker }) => {
  const { status, checks = {} } = await client.json<Readiness>("/health/ready", { accept: [503] });
  const found: Diagnosis[] = [];
  for (const [part, { status: health, url, message }] of Object.entries(checks)) {
    if (health === "ok") continue;
    const why = [url, message].filter((text) => text !== undefined).join(" ");
    found.push({
      check: "connection",
      health: health === "failing" ? "wrong" : "look",
      message: `${part} is ${health}${why === "" ? "" : `: ${why}`}`,
      hint: health === "failing" ? "the platform's log says more; it keeps trying by itself" : undefined,
    });
  }
  if (broker === undefined)
    found.push({
      check: "connection",
      health: "look",
      message: "the broker's management API does not answer: queues and bindings cannot be looked at",
      hint: "enable it (rabbitmq-plugins enable rabbitmq_management), or set RABBITMQ_MANAGEMENT_URL",
    });
  if (found.length > 0) return found;
  const connections = broker === undefined ? "" : `, ${counted(broker.connections.length, "connection")}`;
  return [
    {
      check: "connection",
      health: "ok",
      message: `the platform at ${client.place.http} is ${status}${connections}`,
    },
  ];
};
