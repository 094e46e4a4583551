import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeFiles } from "../../src/disk/node-files.js";
import { bodies, bodyOf, committed, draft, openLog } from "./stored.js";

describe("what the log keeps in memory", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "bloodbank-log-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** One segment, and a cache that holds nothing it may let go of. */
  const open = () => openLog(nodeFiles, folder, 64 * 2 ** 20);

  it("a backlog that is read back never drives out the part that is written to", async () => {
    const { log } = open();
    const body = (i: number) => `${i}`.padEnd(1_000, ".");
    const refs: number[] = [];
    const append = (i: number) => {
      refs.push(log.append(draft(body(i)), [1], 0));
    };
    for (let i = 0; i < 2_500; i++) append(i);
    await committed(log);
    // A consumer far behind: each look reads another part of the file, while the part written last is at rest.
    for (let i = 0; i < 2_000; i += 200) expect(bodyOf(log.message(refs[i]!))).toBe(body(i));
    append(2_500);
    expect(bodyOf(log.message(refs[2_500]!))).toBe(body(2_500));
    for (let i = 2_501; i < 5_000; i++) append(i);
    await committed(log);
    await log.settle();
    expect(bodies(open())).toEqual(Array.from({ length: 5_000 }, (_, i) => body(i)));
  });
});
