/** The thread that writes the SQLite file: appends, the recorder, retention, backup, and the state of replays. */
import { workerData } from "node:worker_threads";
import type { Delivery } from "../contract.js";
import { StoreError } from "../errors.js";
import type { Retention } from "../keep/contract.js";
import type { ImportedLines } from "../keep/import-all.js";
import { importedDraft } from "../keep/import-lines.js";
import { draftOf } from "../record/draft.js";
import type { RecorderSettings } from "../recorder/contract.js";
import { judgeOf } from "../recorder/judge.js";
import { Recording } from "../recorder/recording.js";
import type { ReplayRecord } from "../replay/contract.js";
import { archiveDir, checkpointFile, storeFile } from "../sqlite/files.js";
import { retainSqlite } from "../sqlite/retention.js";
import { SqliteWriter } from "../sqlite/writer.js";
import { begin, log, tell } from "./begin.js";

export interface WriteThreadData {
  readonly dataDir: string;
  readonly contracts: string | false | undefined;
  readonly maxPages?: number;
}

const { dataDir, contracts, maxPages } = workerData as WriteThreadData;
const committed = (position: number) => tell({ notice: "committed", position });

function methods() {
  const writer = new SqliteWriter(
    storeFile(dataDir),
    { ...(maxPages !== undefined && { maxPages }) },
    checkpointFile(dataDir),
  );
  let judge: ReturnType<typeof judgeOf> | undefined;
  const theJudge = () => (judge ??= judgeOf(contracts));
  let recording: Recording | undefined;
  const current = () => {
    if (recording === undefined) throw new StoreError("STORE_CLOSED", "There is no recorder.");
    return recording;
  };
  return {
    append(deliveries: readonly Delivery[]) {
      const { stored, duplicates, position } = writer.append(
        deliveries.map((one) => draftOf(one, theJudge())),
      );
      if (stored > 0) committed(position);
      return { stored, duplicates, position };
    },
    async record(settings: RecorderSettings): Promise<void> {
      if (recording !== undefined) throw new StoreError("RECORDER_RUNNING");
      recording = new Recording(settings, {
        judge: theJudge,
        append: (drafts) => writer.append(drafts),
        committed,
        log,
      });
      try {
        await recording.start();
      } catch (error) {
        recording = undefined;
        throw new StoreError("STORE_UNAVAILABLE", error instanceof Error ? error.message : String(error));
      }
    },
    recorderStatus: () => current().status(),
    pauseRecorder: () => current().pause(),
    resumeRecorder: () => current().resume(),
    async closeRecorder(): Promise<void> {
      const closing = recording;
      recording = undefined;
      await closing?.close();
    },
    reloadContracts(): void {
      judge = judgeOf(contracts);
    },
    saveReplay(record: ReplayRecord): void {
      writer.saveReplay(record.replay_id, JSON.stringify(record));
    },
    importLines(lines: readonly Uint8Array[], firstLine: number): ImportedLines {
      const rejected: { line: number; reason: string }[] = [];
      const drafts = lines.flatMap((line, i) => {
        try {
          return [importedDraft(line)];
        } catch (error) {
          rejected.push({
            line: firstLine + i,
            reason: error instanceof Error ? error.message : String(error),
          });
          return [];
        }
      });
      const { stored, duplicates, position } = writer.append(drafts);
      if (stored > 0) committed(position);
      return { stored, duplicates, rejected };
    },
    retain: (retention: Retention) =>
      retainSqlite(
        writer,
        typeof retention.archive === "string" ? retention.archive : archiveDir(dataDir),
        retention,
      ),
    async close(): Promise<void> {
      await recording?.close();
      writer.close();
    },
  };
}

export type WriteMethods = ReturnType<typeof methods>;

await begin(methods);
