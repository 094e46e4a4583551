/**
 * Our envelope as a CloudEvent 1.0 and back. The attributes say what CloudEvents knows; everything of the envelope
 * stands in the extension `bloodbank` as JSON, so that nothing is lost, not even members that we do not know.
 */
import { EVENT_TYPE } from "../catalog/event-type.js";
import type { Contract, EventEnvelope } from "../contract.js";
import { HolyfieldsError } from "../errors.js";
import { formatCheck } from "../formats/formats.js";
import { isObject, shown } from "../json/value.js";

export interface CloudEvent {
  readonly specversion: "1.0";
  readonly id: string;
  /** URI reference: `/<host>/<app>`. */
  readonly source: string;
  readonly type: string;
  readonly time: string;
  readonly datacontenttype: "application/json";
  /** The contract's `$id`, where it is known. */
  readonly dataschema?: string;
  /** The envelope without its payload, as JSON. */
  readonly bloodbank: string;
  readonly data: unknown;
}

/** Attributes that CloudEvents defines; others are extensions. */
export function toCloudEvent(event: EventEnvelope, contract?: Pick<Contract, "id">): CloudEvent {
  const { payload, ...envelope } = event;
  return {
    specversion: "1.0",
    id: event.event_id,
    source: `/${encodeURIComponent(event.source.host)}/${encodeURIComponent(event.source.app)}`,
    type: event.event_type,
    time: event.timestamp,
    datacontenttype: "application/json",
    ...(contract === undefined ? {} : { dataschema: contract.id }),
    bloodbank: JSON.stringify(envelope),
    data: payload,
  };
}

const invalid = (sentence: string, pointer: string, hint: string) =>
  new HolyfieldsError("CLOUDEVENT_INVALID", sentence, { pointer, hint });

/**
 * The event that a CloudEvent carries. One that was not made of our envelope becomes an event of version `v1` by the
 * application that its source names, if its id is a UUID and its type an event type.
 *
 * @throws HolyfieldsError `CLOUDEVENT_INVALID`, with the attribute. The contract is the caller's to check.
 */
export function fromCloudEvent(cloudEvent: unknown): EventEnvelope {
  if (!isObject(cloudEvent) || cloudEvent.specversion !== "1.0")
    throw invalid("It has no specversion 1.0.", "/specversion", "Send a CloudEvent 1.0 in structured JSON.");
  const { id, type, source, time, data, bloodbank } = cloudEvent;
  if (typeof id !== "string" || !formatCheck("uuid")!(id))
    throw invalid(`The id ${shown(id)} is no UUID.`, "/id", "Events are identified by UUIDs.");
  if (typeof type !== "string" || !EVENT_TYPE.test(type))
    throw invalid(
      `The type ${shown(type)} is no event type.`,
      "/type",
      "Write domain.entity.action in lower case.",
    );
  if (!isObject(data)) throw invalid("data is no object.", "/data", "The payload is a JSON object.");
  if (bloodbank === undefined) return foreign({ id, type, source, time, data });
  let envelope: unknown;
  try {
    envelope = JSON.parse(String(bloodbank));
  } catch {
    envelope = undefined;
  }
  if (!isObject(envelope) || envelope.event_id !== id || envelope.event_type !== type)
    throw invalid(
      "The extension bloodbank says otherwise than id and type.",
      "/bloodbank",
      "Send it as it came.",
    );
  return { ...envelope, payload: data } as unknown as EventEnvelope;
}

function foreign(event: Record<"id" | "type" | "source" | "time" | "data", unknown>): EventEnvelope {
  const { id, type, source, time, data } = event;
  if (typeof source !== "string" || source === "")
    throw invalid(
      `The source ${shown(source)} is empty.`,
      "/source",
      "Name the program that the event comes from.",
    );
  if (typeof time !== "string" || !formatCheck("date-time")!(time))
    throw invalid(`The time ${shown(time)} is no date-time.`, "/time", "Write RFC 3339 with an offset.");
  return {
    event_id: String(id),
    event_type: String(type),
    timestamp: time,
    version: "v1",
    source: { host: source, type: "system", app: source.split("/").filter(Boolean).at(-1) ?? source },
    payload: data as Record<string, unknown>,
  };
}
