import { describe, expect, it } from "vitest";
import { compact } from "../../src/log/compaction.js";
import { segmentOf } from "../../src/log/ref.js";
import { FrailFiles } from "../disk/frail-files.js";
import { bodies, bodyOf, committed, draft, openLog } from "./stored.js";

/** A queue that holds references and nothing else. */
class Held {
  readonly id: number;
  #refs: number[];
  constructor(id: number, refs: readonly number[]) {
    this.id = id;
    this.#refs = [...refs];
  }
  refs(): number[] {
    return [...this.#refs];
  }
  eachIn(segments: ReadonlySet<number>, visit: (ref: number) => number): void {
    this.#refs = this.#refs.map((ref) => (segments.has(segmentOf(ref)) ? visit(ref) : ref));
  }
  marks(): [] {
    return [];
  }
}

async function sparseLog(files: FrailFiles) {
  const { log } = openLog(files, "/log", 4096);
  const refs = Array.from({ length: 200 }, (_, i) => log.append(draft(`${i}`.padEnd(100, ".")), [1], 0));
  await committed(log);
  const kept = refs.filter((_, i) => i % 40 === 0);
  for (const ref of refs) if (!kept.includes(ref)) log.release(ref, 1);
  await log.settle();
  return { log, queue: new Held(1, kept) };
}

const numbers = (found: readonly string[]) => found.map((body) => Number.parseInt(body, 10));

/** What each pass freed, until there is nothing more to free. */
function passes(pass: () => number): number[] {
  const freed: number[] = [];
  for (let count = pass(); count > 0; count = pass()) freed.push(count);
  return freed;
}

describe("compaction", () => {
  it("writes what is left of nearly empty segments together, and deletes them", async () => {
    const files = new FrailFiles();
    const { log, queue } = await sparseLog(files);
    const before = log.bytes;
    expect(compact(log, files, "/log", [queue])).toBeGreaterThan(1);
    expect(log.bytes).toBeLessThan(before / 2);
    expect(numbers(queue.refs().map((ref) => bodyOf(log.message(ref))))).toEqual([0, 40, 80, 120, 160]);
  });

  it("that fails when its file has its name already leaves what it would have replaced", async () => {
    const files = new FrailFiles();
    const { log, queue } = await sparseLog(files);
    files.failFolderSync = new Error("EIO: i/o error");
    expect(() => compact(log, files, "/log", [queue])).toThrow("EIO");
    files.failFolderSync = undefined;
    for (const ref of queue.refs().slice(0, 3)) log.release(ref, 1);
    await log.settle();
    expect(numbers(bodies(openLog(files.killProcess(), "/log")))).toEqual([120, 160]);
  });

  it("keeps the order of the queue across a restart, though the file is younger", async () => {
    const files = new FrailFiles();
    const { log, queue } = await sparseLog(files);
    log.append(draft("1000"), [1], 0);
    await committed(log);
    compact(log, files, "/log", [queue]);
    log.append(draft("1001"), [1], 0);
    await committed(log);
    expect(numbers(bodies(openLog(files.killProcess(), "/log")))).toEqual([0, 40, 80, 120, 160, 1000, 1001]);
  });

  it("loses and doubles nothing when the power goes right after it", async () => {
    for (const fate of ["kept", "torn", "forgotten"] as const) {
      const files = new FrailFiles();
      const { log, queue } = await sparseLog(files);
      compact(log, files, "/log", [queue]);
      // Acks need not survive a power loss, so settled messages of the newest segment may be back; the kept ones must be.
      const found = numbers(
        bodies(
          openLog(
            files.losePower(() => fate),
            "/log",
          ),
        ),
      );
      expect(found.filter((number) => number % 40 === 0)).toEqual([0, 40, 80, 120, 160]);
    }
  });

  it("does nothing for a segment of which some message is in no queue: it is on its way elsewhere", async () => {
    const files = new FrailFiles();
    const { log, queue } = await sparseLog(files);
    const partly = new Held(1, queue.refs().slice(1));
    compact(log, files, "/log", [partly]);
    expect(bodyOf(log.message(queue.refs()[0]!))).toMatch(/^0\./);
  });

  it("writes no more at a time than it may, and the rest the next time", async () => {
    const files = new FrailFiles();
    const { log, queue } = await sparseLog(files);
    const most = { messages: 100, bytes: 300 };
    // 130 bytes and more a record, each in a segment of its own.
    expect(passes(() => compact(log, files, "/log", [queue], most))).toEqual([2, 2, 1]);
    expect(
      Math.max(...[...log.segments.values()].filter((s) => s.compacted).map((s) => s.size)),
    ).toBeLessThan(most.bytes + 100);
    expect(numbers(queue.refs().map((ref) => bodyOf(log.message(ref))))).toEqual([0, 40, 80, 120, 160]);
    expect(numbers(bodies(openLog(files.killProcess(), "/log")))).toEqual([0, 40, 80, 120, 160]);
  });

  it("is not held up by an old segment of which much is left", async () => {
    const files = new FrailFiles();
    const { log } = openLog(files, "/log", 4096);
    const refs = Array.from({ length: 200 }, (_, i) => log.append(draft(`${i}`.padEnd(100, ".")), [1], 0));
    await committed(log);
    // A fifth of the first segment, and one message of each that follows.
    const first = refs.filter((ref) => segmentOf(ref) === segmentOf(refs[0]!));
    const kept = [...first.slice(0, 5), ...refs.filter((_, i) => i >= 40 && i % 40 === 0)];
    for (const ref of refs) if (!kept.includes(ref)) log.release(ref, 1);
    await log.settle();
    const queue = new Held(1, kept);
    const most = { messages: 1, bytes: 1e6 };
    expect(passes(() => compact(log, files, "/log", [queue], most))).toEqual([1, 1, 1, 1]);
    // Five are too many even for one that is written alone.
    expect(log.segments.has(segmentOf(kept[0]!))).toBe(true);
    expect(numbers(bodies(openLog(files.killProcess(), "/log")))).toEqual([0, 1, 2, 3, 4, 40, 80, 120, 160]);
  });

  it("lets what it moved be settled, and then deletes its own file as well", async () => {
    const files = new FrailFiles();
    const { log, queue } = await sparseLog(files);
    compact(log, files, "/log", [queue]);
    for (const ref of queue.refs()) log.release(ref, 1);
    await log.settle();
    expect(bodies(openLog(files.killProcess(), "/log"))).toEqual([]);
  });
});
