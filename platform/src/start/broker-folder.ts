/** Where in a data directory the embedded broker's log is: one answer for all that start it. */
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";

export interface BrokerFolder {
  readonly folder: string;
  /** What to tell whoever looks for messages that are not in it. */
  readonly warning: string | undefined;
}

/**
 * `broker/` in it. `bb broker --data-dir X` once kept its log in X itself: that one is gone on with where there is no
 * other, so that nobody stands before an empty broker.
 */
export function brokerFolder(dataDir: string): BrokerFolder {
  const folder = path.join(dataDir, "broker");
  if (!holdsLog(dataDir)) return { folder, warning: undefined };
  if (!holdsLog(folder)) return { folder: dataDir, warning: undefined };
  return {
    folder,
    warning: `${dataDir} holds a broker's log of its own beside the one in ${folder}, which is used: to start on the other, move metadata.journal and log from ${dataDir} to an empty folder and name that one as the data directory`,
  };
}

function holdsLog(folder: string): boolean {
  if (existsSync(path.join(folder, "metadata.journal"))) return true;
  try {
    return readdirSync(path.join(folder, "log")).some((name) => /^\d+\.log$/.test(name));
  } catch {
    return false;
  }
}
