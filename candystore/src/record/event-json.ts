/**
 * An event as the API gives it, written without parsing it: its body goes in as the bytes it came in. The same members in
 * the same order as `storedEvent`, whose JSON this is.
 */
import { Buffer } from "node:buffer";
import type { EventJson } from "../contract.js";
import type { EventClass } from "../layout/classes.js";
import { type BodyHead, bodyHead, headOf } from "./body-head.js";
import { type ByteText, bytesOf, byteText, decoded, encoded } from "./byte-text.js";
import { type EventFacts, type EventRow, eventFacts, parseBody, storedEvent } from "./stored-event.js";
import { timeText } from "./time-text.js";

/** An event as it was read. */
export interface ReadEvent {
  readonly row: EventFacts;
  readonly facts: ByteText;
  readonly body: ByteText;
}

export const readEvent = (row: EventRow): ReadEvent => ({
  row,
  facts: encoded(row.facts),
  body: byteText(row.body),
});

/** Of an event that kept its contract the body is JSON; a byte order mark, which begins so, is none of it. */
const isJson = ({ row, body }: ReadEvent): boolean => row.valid && body.charCodeAt(0) !== 0xef;

/** What its body says; undefined when that is not JSON. */
export const parsedEvent = (event: ReadEvent): unknown =>
  isJson(event) ? JSON.parse(decoded(event.body)) : parseBody(bytesOf(event.body));

/** Its id, where its body says it as it is stored. */
export const idIn = ({ id }: BodyHead): string | undefined => id?.slice(1, -1);

/** What a trace wants of it. */
export const headOfEvent = (event: ReadEvent): BodyHead =>
  (isJson(event) ? bodyHead(event.body) : undefined) ?? headOf(parsedEvent(event));

/** Half of what a string may hold. */
const LONGEST = 2 ** 28;

/** A page as the API gives it. One text that grows is written sooner than a list of its parts. */
export function pageJson(events: readonly ReadEvent[], nextCursor: string | undefined): Uint8Array {
  const written: Buffer[] = [];
  let page: ByteText = '{"events":[';
  let between = "";
  for (const event of events) {
    page += between + eventText(event);
    between = ",";
    if (page.length < LONGEST) continue;
    written.push(bytesOf(page));
    page = "";
  }
  const last = bytesOf(
    page + (nextCursor === undefined ? "]}" : `],"next_cursor":${JSON.stringify(nextCursor)}}`),
  );
  return written.length === 0 ? last : Buffer.concat([...written, last]);
}

export const eventJson = (event: ReadEvent): string => decoded(eventText(event));

export const positionedJson = (event: ReadEvent): EventJson => ({
  position: event.row.position,
  json: eventJson(event),
});

function eventText(event: ReadEvent): ByteText {
  const head = headJson(event);
  return head === undefined ? parsedJson(event) : `${head}${event.body}}`;
}

/** All that stands before the body; undefined where only a parser can tell. The fewer its parts, the sooner it is written. */
function headJson(event: ReadEvent): ByteText | undefined {
  const head = isJson(event) ? bodyHead(event.body) : undefined;
  const delivered = FLAT.exec(event.facts);
  if (head === undefined || delivered === null || event.facts.includes('"$base64"')) return undefined;
  const { position, eventClass, receivedAt, duplicates } = event.row;
  const texts = textsOf(eventClass);
  const { beforeTime, beforeCauses, beforeHeaders } = texts;
  const [, bits, others = "", headers = "{}"] = delivered;
  const id = head.id ?? json(event.row.id);
  const properties = impliedJson(Number(bits), others !== "", id, eventClass, texts) + others;
  const end = duplicates === 0 ? NO_DUPLICATES : `${BEFORE_DUPLICATES}${duplicates}${BEFORE_EVENT}`;
  return `{"position":${position},"event_id":${id}${beforeTime}${head.timestamp}${beforeCauses}${head.causes},"received_at":"${timeText(
    receivedAt,
  )}${beforeHeaders}${headers}${properties}${end}`;
}

const BEFORE_DUPLICATES = '},"valid":true,"violations":[],"duplicates":';
const BEFORE_EVENT = ',"event":';
const NO_DUPLICATES = `${BEFORE_DUPLICATES}0${BEFORE_EVENT}`;

/** Bytes in headers become what a thread would have made of them: a `Buffer` has JSON of its own. */
function parsedJson(event: ReadEvent): ByteText {
  const row = { ...eventFacts(event.row.eventClass, event.row), body: bytesOf(event.body) };
  return encoded(JSON.stringify(structuredClone(storedEvent(row, parsedEvent(event)))));
}

/** Bits, properties, headers: flat, with nothing in them that only a parser can tell apart. See `facts.ts`. */
const FLAT = /^\[(\d+)(?:,(?:0|\{([^{}]*)\}))?(?:,(?:0|(\{[^{}]*\})))?\]$/;

/** Stands for the event's id; in JSON on one line it stands for nothing else. */
const ID = "\n";

/** The properties that the bits stand for; others may follow. */
function impliedJson(
  bits: number,
  more: boolean,
  id: ByteText,
  eventClass: EventClass,
  { alone, followed }: ClassTexts,
): ByteText {
  const known = more ? followed : alone;
  let parts = known[bits];
  if (parts === undefined) {
    const members = membersOf(bits, eventClass);
    parts = `,"properties":{${members}${more && members !== "" ? "," : ""}`.split(ID);
    known[bits] = parts;
  }
  let properties = parts[0]!;
  for (let i = 1; i < parts.length; i++) properties += id + parts[i]!;
  return properties;
}

function membersOf(bits: number, { type, app }: EventClass): ByteText {
  let members = "";
  if ((bits & 1) !== 0) members += ',"contentType":"application/json"';
  if ((bits & 2) !== 0) members += ',"deliveryMode":2';
  if ((bits & 4) !== 0) members += `,"messageId":${ID}`;
  if ((bits & 8) !== 0) members += `,"correlationId":${ID}`;
  if ((bits & 16) !== 0) members += `,"type":${json(type)}`;
  if ((bits & 32) !== 0) members += `,"appId":${json(app)}`;
  return members.slice(1);
}

/** What all events of a class have in common. */
interface ClassTexts {
  readonly beforeTime: ByteText;
  readonly beforeCauses: ByteText;
  readonly beforeHeaders: ByteText;
  /** By the bits: the properties that they stand for, cut where they name the event's id. */
  readonly alone: (readonly ByteText[])[];
  readonly followed: (readonly ByteText[])[];
}
const known = new WeakMap<EventClass, ClassTexts>();

function textsOf(eventClass: EventClass): ClassTexts {
  let texts = known.get(eventClass);
  if (texts === undefined) {
    const { type, version, app, exchange, routingKey } = eventClass;
    texts = {
      beforeTime: `,"event_type":${json(type)},"version":${json(version)},"timestamp":`,
      beforeCauses: `,"source_app":${json(app)},"correlation_ids":`,
      beforeHeaders: `","exchange":${json(exchange)},"routing_key":${json(routingKey)},"headers":`,
      alone: [],
      followed: [],
    };
    known.set(eventClass, texts);
  }
  return texts;
}

const json = (text: string): ByteText => encoded(JSON.stringify(text));
