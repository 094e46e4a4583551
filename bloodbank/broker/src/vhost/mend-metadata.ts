import type { LogOptions } from "../log/message-log.js";
import type { Metadata } from "../log/metadata.js";
import { queuesHeld } from "../log/recovery.js";
import { type StoredQueue, StoredTopology } from "./stored-topology.js";

/**
 * After the metadata lost entries, before the log is read: a message whose queue nobody knows would be dropped like one of a
 * deleted queue. So each queue that the log still holds messages of gets one to stand in for it, `recovered.<id>` in
 * `/`. Nothing is bound to it: an operator looks at what is in it, moves it, and deletes it.
 */
export function mendMetadata(metadata: Metadata, log: LogOptions): void {
  if (metadata.state === "whole") return;
  if (metadata.state === "missing" && log.files.list(log.folder).length > 0)
    report(log, "the metadata is missing, although there is a log: users, policies and queues begin anew");
  const known = new Set<number>();
  for (const [key, { id }] of metadata.entries<StoredQueue>("queue/")) {
    known.add(id);
    keepVhost(metadata, key.slice(0, key.indexOf("\0")));
  }
  const held = queuesHeld(log);
  const lost = [...held].filter((id) => !known.has(id));
  if (lost.length > 0) keepVhost(metadata, "/");
  const topology = new StoredTopology(metadata, "/");
  for (const id of lost) {
    const name = `recovered.${id}`;
    topology.putQueue(name, { id, autoDelete: false, type: "classic", arguments: "" });
    report(log, `the metadata lost a queue that has messages: they are in '${name}' in vhost '/'`);
  }
  // An id that is given twice would mix the messages of two queues.
  const next = Math.max(0, ...known, ...held) + 1;
  if (next > (metadata.get<number>("next-queue-id") ?? 1)) metadata.put("next-queue-id", next);
}

function keepVhost(metadata: Metadata, name: string): void {
  if (metadata.get(`vhost/${name}`) === undefined) metadata.put(`vhost/${name}`, {});
}

const report = (log: LogOptions, message: string): void =>
  log.report?.("error", message, { code: "LOG_DAMAGED" });
