import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrailFiles } from "../disk/frail-files.js";
import { bodies, committed, draft, openLog } from "../log/stored.js";

const RUNS = process.env.TEST_FULL ? 2_000 : 150;

type Step =
  | { readonly kind: "append"; readonly size: number }
  | { readonly kind: "release"; readonly which: number }
  | { readonly kind: "turns"; readonly count: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant("append" as const), size: fc.integer({ min: 0, max: 3000 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("release" as const), which: fc.nat() }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("turns" as const), count: fc.integer({ min: 1, max: 6 }) }),
  },
);

const fate = fc.constantFrom("kept" as const, "torn" as const, "forgotten" as const);

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** What was stored until the lights went out, and what of it had been reported as safe. */
async function story(files: FrailFiles, steps: readonly Step[]) {
  const { log } = openLog(files, "/log", 8192);
  const stored: { readonly body: string; readonly ref: number; safe: boolean; released: boolean }[] = [];
  for (const next of steps) {
    if (next.kind === "append") {
      const body = `${stored.length}:`.padEnd(next.size, "x");
      const message = { body, ref: log.append(draft(body), [1], 0), safe: false, released: false };
      stored.push(message);
      committed(log).then(
        () => {
          message.safe = true;
        },
        () => undefined,
      );
    } else if (next.kind === "release") {
      const open = stored.filter(({ released }) => !released);
      const message = open[next.which % Math.max(1, open.length)];
      if (message) {
        message.released = true;
        log.release(message.ref, 1);
      }
    } else await turns(next.count);
  }
  return stored;
}

describe("after the power was lost at any moment", () => {
  it("every message that was reported safe is there, whole, once and in order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.infiniteStream(fate), async (steps, fates) => {
        const files = new FrailFiles();
        const stored = await story(files, steps);
        const after = files.losePower(() => fates.next().value);
        const found = bodies(openLog(after, "/log"));
        const known = stored.map(({ body }) => body);
        // Nothing damaged, nothing twice, nothing out of order: what is there is a part of what was stored.
        const places = found.map((body) => known.indexOf(body));
        expect(places.every((place, i) => place > (places[i - 1] ?? -1))).toBe(true);
        const missing = stored.filter(
          ({ body, safe, released }) => safe && !released && !found.includes(body),
        );
        expect(missing).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it("the log can be used as before, and the power lost again", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { maxLength: 15 }), { minLength: 2, maxLength: 4 }),
        fc.infiniteStream(fate),
        async (lives, fates) => {
          let files = new FrailFiles();
          const safe: string[] = [];
          for (const [life, steps] of lives.entries()) {
            const { log } = openLog(files, "/log");
            const body = `life ${life}`;
            log.append(draft(body), [2], 0);
            await committed(log);
            safe.push(body);
            await log.settle();
            await story(files, steps);
            files = files.losePower(() => fates.next().value);
          }
          expect(bodies(openLog(files, "/log"), 2)).toEqual(safe);
        },
      ),
      { numRuns: Math.ceil(RUNS / 5) },
    );
  });

  it("a killed process loses nothing that was written, acks included", async () => {
    const files = new FrailFiles();
    const { log } = openLog(files, "/log");
    const refs = Array.from({ length: 50 }, (_, i) => log.append(draft(String(i)), [1], 0));
    await committed(log);
    for (const ref of refs.slice(0, 20)) log.release(ref, 1);
    await log.settle();
    expect(bodies(openLog(files.killProcess(), "/log"))).toEqual(
      Array.from({ length: 30 }, (_, i) => String(i + 20)),
    );
  });
});

describe("a message that nobody waits for", () => {
  it("is written all the same, by itself", async () => {
    const files = new FrailFiles();
    const { log } = openLog(files, "/log");
    log.append(draft("alone"), [1], 0);
    while (bodies(openLog(files.copy(), "/log"))[0] !== "alone") await turns(1);
    await log.settle();
  });
});

describe("a disk that fails", () => {
  it("is not believed again: after a failed fdatasync every publish is refused with the reason", async () => {
    const files = new FrailFiles();
    const { log } = openLog(files, "/log");
    files.failSync = new Error("EIO: i/o error");
    log.append(draft("x"), [1], 0);
    await expect(committed(log)).rejects.toThrow(/fdatasync .* failed \(EIO/);
    files.failSync = undefined;
    expect(() => log.append(draft("y"), [1], 0)).toThrow(/refused until the broker starts again/);
  });

  it("that is full makes the batch wait, says so, and goes on where it stopped when there is room", async () => {
    const files = new FrailFiles();
    const full: boolean[] = [];
    const { log } = openLog(files, "/log", 4096, (now) => full.push(now));
    files.room = 300;
    for (let i = 0; i < 10; i++) log.append(draft(`${i}`.padEnd(100, ".")), [1], 0);
    const done = committed(log);
    while (full.length === 0) await turns(1);
    expect(full).toEqual([true]);
    files.room = 2 ** 30;
    await done;
    expect(full).toEqual([true, false]);
    await log.settle();
    expect(bodies(openLog(files.killProcess(), "/log"))).toHaveLength(10);
  });

  it.each([
    ["half an ack", 6],
    ["not even the file of them", 0],
  ])("that has room for %s keeps the others until there is more", async (_, room) => {
    const files = new FrailFiles();
    const full: boolean[] = [];
    const { log } = openLog(files, "/log", 2 ** 20, (now) => full.push(now));
    const refs = Array.from({ length: 10 }, (_, i) => log.append(draft(String(i)), [1], 0));
    await committed(log);
    files.room = room;
    for (const ref of refs.slice(0, 4)) log.release(ref, 1);
    while (full.length === 0) await turns(1);
    for (const ref of refs.slice(4, 8)) log.release(ref, 1);
    files.room = 2 ** 30;
    await log.settle();
    expect(full).toEqual([true, false]);
    expect(bodies(openLog(files.killProcess(), "/log"))).toEqual(["8", "9"]);
  });

  it("that cannot be asked, as no more files may be opened, is asked again", async () => {
    const files = new FrailFiles();
    const { log } = openLog(files, "/log");
    files.failFolderSync = Object.assign(new Error("EMFILE: too many open files"), { code: "EMFILE" });
    log.append(draft("patient"), [1], 0);
    const done = committed(log);
    while (files.folderSyncs === 0) await turns(1);
    files.failFolderSync = undefined;
    await done;
    expect(log.failure).toBeUndefined();
    const after = files.losePower(() => "forgotten");
    expect(bodies(openLog(after, "/log"))).toEqual(["patient"]);
  });

  it("that is full has room again when what is on it was consumed", async () => {
    const files = new FrailFiles();
    const full: boolean[] = [];
    const { log } = openLog(files, "/log", 200_000, (now) => full.push(now));
    const refs = Array.from({ length: 21 }, () => log.append(draft("x".repeat(100_000)), [1], 0));
    await committed(log);
    files.room = 0;
    log.append(draft("waiting"), [1], 0);
    const done = committed(log);
    while (full.length === 0) await turns(1);
    for (const ref of refs) log.release(ref, 1);
    await done;
    await log.settle();
    expect(full).toEqual([true, false]);
    expect(log.backlog).toBe(0);
    expect(bodies(openLog(files.killProcess(), "/log"))).toEqual(["waiting"]);
  });

  it("that has no room for a new segment refuses the message by its code, and takes the next one", async () => {
    const files = new FrailFiles();
    const { log } = openLog(files, "/log");
    files.room = 0;
    expect(() => log.append(draft("refused"), [1], 0)).toThrow(
      expect.objectContaining({ code: "WRITE_FAILED", message: expect.stringContaining("ENOSPC") }),
    );
    files.room = 2 ** 30;
    log.append(draft("taken"), [1], 0);
    await committed(log);
    expect(bodies(openLog(files.killProcess(), "/log"))).toEqual(["taken"]);
  });
});
