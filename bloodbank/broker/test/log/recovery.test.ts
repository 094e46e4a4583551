import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeFiles } from "../../src/disk/node-files.js";
import { offsetOf, segmentOf } from "../../src/log/ref.js";
import { bodies, committed, draft, openLog } from "./stored.js";

describe("recovery of the log", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "bloodbank-log-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const open = () => openLog(nodeFiles, folder);
  const files = (end: string) => readdirSync(folder).filter((name) => name.endsWith(end));
  const onlySegment = () => path.join(folder, files(".log")[0]!);

  /** Appends numbered messages for queue 1 and leaves as `kill -9` does: without a word. */
  async function filled(count: number, size = 100): Promise<number[]> {
    const { log } = open();
    const refs = Array.from({ length: count }, (_, i) => log.append(draft(`${i}`.padEnd(size, ".")), [1], 0));
    await committed(log);
    await log.settle();
    return refs;
  }

  const numbers = (found: string[]) => found.map((body) => Number.parseInt(body, 10));

  it("brings back what was committed, in order", async () => {
    await filled(100);
    expect(numbers(bodies(open()))).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(files(".log").length).toBeGreaterThan(1);
  });

  it("drops a torn tail and keeps what is before it", async () => {
    await filled(5);
    const file = onlySegment();
    truncateSync(file, readFileSync(file).length - 7);
    const { messages, log, reports } = open();
    expect(numbers(bodies({ messages, log, reports }))).toEqual([0, 1, 2, 3]);
    expect(reports).toMatchObject([{ level: "info", fields: { file } }]);
    expect(open().reports).toEqual([]);
  });

  it("drops bytes that a crash left behind the last record", async () => {
    await filled(3);
    appendFileSync(onlySegment(), Buffer.alloc(300));
    expect(numbers(bodies(open()))).toEqual([0, 1, 2]);
  });

  it("reports a damaged record with file and offset, and keeps all others", async () => {
    const refs = await filled(5);
    const file = onlySegment();
    const content = readFileSync(file);
    const offset = offsetOf(refs[2]!);
    content[offset + 60] = content[offset + 60]! ^ 0xff;
    writeFileSync(file, content);
    const opened = open();
    expect(numbers(bodies(opened))).toEqual([0, 1, 3, 4]);
    expect(opened.reports).toMatchObject([
      { level: "error", fields: { file, offset, bytes: offsetOf(refs[3]!) - offset } },
    ]);
  });

  it("finds its way past a record whose length is damaged", async () => {
    const refs = await filled(5);
    const file = onlySegment();
    const content = readFileSync(file);
    content.writeUInt32BE(0x7fffffff, offsetOf(refs[1]!));
    writeFileSync(file, content);
    expect(numbers(bodies(open()))).toEqual([0, 2, 3, 4]);
  });

  it("reads on where the header of a segment is damaged", async () => {
    await filled(3);
    const file = onlySegment();
    const content = readFileSync(file);
    content.fill(0xaa, 0, 12);
    writeFileSync(file, content);
    expect(numbers(bodies(open()))).toEqual([0, 1, 2]);
  });

  it("refuses a segment of a newer format by name", async () => {
    await filled(1);
    const file = onlySegment();
    const content = readFileSync(file);
    content[5] = 9;
    writeFileSync(file, content);
    expect(open).toThrow(/format 9/);
  });

  it("does not bring back what was acknowledged", async () => {
    const refs = await filled(10);
    const { log } = open();
    for (const ref of refs.slice(0, 4)) log.release(ref, 1);
    await log.settle();
    expect(numbers(bodies(open()))).toEqual([4, 5, 6, 7, 8, 9]);
  });

  it("delivers again what a torn or damaged ack was for, and reports the damaged one", async () => {
    const refs = await filled(4);
    const { log } = open();
    for (const ref of refs.slice(0, 3)) log.release(ref, 1);
    await log.settle();
    const acks = path.join(folder, files(".acks")[0]!);
    const content = readFileSync(acks);
    content[3] = content[3]! ^ 1;
    writeFileSync(acks, content.subarray(0, content.length - 5));
    const opened = open();
    expect(numbers(bodies(opened))).toEqual([0, 2, 3]);
    expect(opened.reports).toMatchObject([{ level: "warn", fields: { file: acks, offset: 0 } }]);
  });

  it("deletes segments that hold nothing any more, with their acks", async () => {
    const refs = await filled(100);
    const { log } = open();
    for (const ref of refs) log.release(ref, 1);
    await log.settle();
    open();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("deletes acks whose segment is gone, and compactions that were not finished", async () => {
    writeFileSync(path.join(folder, "0000000007.acks"), "");
    writeFileSync(path.join(folder, "0000000008.log.compacting"), "");
    open();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("keeps a message for as long as one of its queues needs it", async () => {
    const { log } = open();
    const ref = log.append(draft("shared"), [1, 2], 0);
    await committed(log);
    log.release(ref, 1);
    await log.settle();
    const opened = open();
    expect(bodies(opened, 1)).toEqual([]);
    expect(bodies(opened, 2)).toEqual(["shared"]);
  });

  it("never gives a segment's number twice while one of its time is left", async () => {
    const refs = await filled(100);
    const { log } = open();
    const ref = log.append(draft("later"), [1], 0);
    expect(segmentOf(ref)).toBeGreaterThan(Math.max(...refs.map(segmentOf)));
    await log.settle();
  });
});
