/** The thread that writes: appends, the recorder, retention, backup, and the state of replays. */
import { workerData } from "node:worker_threads";
import type { Left } from "../audit/chain.js";
import type { Checkpoint } from "../audit/contract.js";
import type { AppendResult, Delivery, StoreLocation } from "../contract.js";
import { engineOf } from "../engine/engine-of.js";
import { StoreError } from "../errors.js";
import type { Retention } from "../keep/contract.js";
import type { ImportedLines } from "../keep/import-all.js";
import { importedLine, isEvent } from "../keep/import-lines.js";
import { type Draft, draftOf } from "../record/draft.js";
import type { RecorderSettings } from "../recorder/contract.js";
import { judgeOf } from "../recorder/judge.js";
import { Recording } from "../recorder/recording.js";
import type { ReplayRecord } from "../replay/contract.js";
import { archiveDir } from "../sqlite/files.js";
import { begin, log, tell } from "./begin.js";
import { goBehind } from "./priority.js";

export interface WriteThreadData {
  readonly location: StoreLocation;
  readonly contracts: string | false | undefined;
  readonly maxPages?: number;
}

const { location, contracts, maxPages } = workerData as WriteThreadData;
const committed = (position: number) => tell({ notice: "committed", position });

async function methods() {
  const engine = await engineOf(location);
  const writer = await engine.openWriter(location, {
    log,
    grown: () => tell({ notice: "grown" }),
    ...(maxPages !== undefined && { maxPages }),
  });
  let judge: ReturnType<typeof judgeOf> | undefined;
  const theJudge = () => (judge ??= judgeOf(contracts));
  let recording: Recording | undefined;
  const current = () => {
    if (recording === undefined) throw new StoreError("STORE_CLOSED", "There is no recorder.");
    return recording;
  };
  return {
    async append(deliveries: readonly Delivery[]): Promise<AppendResult> {
      const { stored, duplicates, position } = await writer.append(
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
    saveReplay: async (record: ReplayRecord): Promise<void> => writer.saveReplay(record),
    /** @param whole the store is made of them: what a backup has beside events is a part of it */
    async importLines(
      lines: readonly Uint8Array[],
      firstLine: number,
      whole: boolean,
    ): Promise<ImportedLines> {
      const rejected: { line: number; reason: string }[] = [];
      let stored = 0;
      let duplicates = 0;
      let passedOver = 0;
      let drafts: Draft[] = [];
      let left: Left[] = [];
      const checkpoints: Checkpoint[] = [];
      const append = async () => {
        const appended = await writer.append(drafts);
        drafts = [];
        stored += appended.stored;
        duplicates += appended.duplicates;
        if (appended.stored > 0) committed(appended.position);
      };
      const leave = async () => {
        await writer.leave(left);
        left = [];
      };
      for (const [i, bytes] of lines.entries()) {
        try {
          const line = importedLine(bytes);
          if (isEvent(line)) {
            if (left.length > 0) await leave();
            drafts.push(line);
          } else if (!whole) passedOver++;
          else if ("replay" in line) await writer.saveReplay(line.replay);
          else if ("checkpoint" in line) checkpoints.push(line.checkpoint);
          else {
            if (drafts.length > 0) await append();
            left.push(line.left);
          }
        } catch (error) {
          if (error instanceof StoreError) throw error;
          rejected.push({
            line: firstLine + i,
            reason: error instanceof Error ? error.message : String(error),
          });
        }
      }
      if (checkpoints.length > 0) await writer.keepCheckpoints(checkpoints);
      if (drafts.length > 0) await append();
      if (left.length > 0) await leave();
      return { stored, duplicates, passed_over: passedOver, rejected };
    },
    retain: (retention: Retention) =>
      writer.retain(
        typeof retention.archive === "string" ? retention.archive : archiveDir(location.dataDir),
        retention,
      ),
    async close(): Promise<void> {
      await recording?.close();
      await writer.close();
    },
  };
}

export type WriteMethods = Awaited<ReturnType<typeof methods>>;

// What is recorded waits on disk: under a burst, publishing comes first and the record catches up behind it.
goBehind();
await begin(methods);
