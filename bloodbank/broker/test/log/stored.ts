import type { Files } from "../../src/disk/files.js";
import { MessageLog } from "../../src/log/message-log.js";
import { Draft, type StoredMessage } from "../../src/log/record.js";
import { recoverLog } from "../../src/log/recovery.js";

export interface Reported {
  readonly level: string;
  readonly message: string;
  readonly fields: { readonly file?: string; readonly offset?: number; readonly bytes?: number };
}

export interface Opened {
  readonly log: MessageLog;
  readonly messages: { readonly queueId: number; readonly ref: number; readonly sequence: number }[];
  readonly reports: Reported[];
}

export function openLog(
  files: Files,
  folder: string,
  segmentBytes = 4096,
  onFull?: (full: boolean) => void,
): Opened {
  const messages: Opened["messages"] = [];
  const reports: Reported[] = [];
  const options = {
    files,
    folder,
    segmentBytes,
    cacheBytes: 0,
    ...(onFull && { onFull }),
    report: (level: string, message: string, fields: object = {}) => reports.push({ level, message, fields }),
  };
  const recovered = recoverLog(options, {
    message(queueId, { ref, sequence }) {
      messages.push({ queueId, ref, sequence });
      return true;
    },
    delivered: () => undefined,
  });
  messages.sort((a, b) => a.sequence - b.sequence);
  return { log: new MessageLog(options, recovered), messages, reports };
}

/** A draft with this body and, where no other is given, no name and no properties. */
export function draft(body: string): Draft {
  const made = new Draft();
  made.names = Buffer.from([0, 1, 113]);
  made.namesLength = 3;
  made.properties = Buffer.from([0x10, 0, 2]);
  made.propertiesLength = 3;
  made.body = Buffer.from(body);
  made.bodyLength = made.body.length;
  return made;
}

export function bodyOf({ buffer, bodyAt, bodyLength }: StoredMessage): string {
  return buffer.toString("utf8", bodyAt, bodyAt + bodyLength);
}

export function bodies({ log, messages }: Opened, queueId = 1): string[] {
  return messages.filter((message) => message.queueId === queueId).map(({ ref }) => bodyOf(log.message(ref)));
}

export function committed(log: MessageLog): Promise<void> {
  return new Promise((resolve, reject) => {
    log.awaitCommit({
      batch: 0,
      commitStarts: () => undefined,
      committed: (failure) => (failure ? reject(failure) : resolve()),
    });
  });
}
