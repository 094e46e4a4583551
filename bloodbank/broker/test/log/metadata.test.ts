import { describe, expect, it } from "vitest";
import { Metadata } from "../../src/log/metadata.js";
import { FrailFiles } from "../disk/frail-files.js";

const PATH = "/data/metadata.journal";
const LONG = "x".repeat(20_000);

const opened = (files: FrailFiles) => Metadata.open(files, PATH);
const entries = (metadata: Metadata) => new Map(metadata.entries(""));

/** What a process that is killed now finds when it starts again. */
const found = (files: FrailFiles) => entries(opened(files.copy()));

describe("the journal of metadata", () => {
  it("keeps every change, whichever of them makes it be written anew", () => {
    const files = new FrailFiles();
    const metadata = opened(files);
    let size = 0;
    let rewritten = 0;
    for (let i = 0; rewritten < 3; i++) {
      // One that comes and goes beside one that stays.
      if (i % 3 === 1) metadata.delete(`queue/${i - 1}`);
      else metadata.put(i % 3 === 0 ? `queue/${i}` : "next", { i, LONG });
      const now = files.readAll(PATH).length;
      if (now < size) {
        rewritten++;
        expect(found(files)).toEqual(entries(metadata));
      }
      size = now;
    }
  });

  it.each([
    ["room", "ENOSPC"],
    ["file descriptor", "EMFILE"],
  ])("goes on as it is where there is no %s for a new one, and is written anew later", (_, code) => {
    const files = new FrailFiles();
    const metadata = opened(files);
    const grow = () => metadata.put("next", LONG);
    while (files.readAll(PATH).length < 2 ** 20 - 60_000) grow();
    const size = files.readAll(PATH).length;
    files.replace = () => {
      throw Object.assign(new Error(code), { code });
    };
    for (let i = 0; i < 8; i++) metadata.put(`queue/${i}`, LONG);
    expect(files.readAll(PATH).length).toBeGreaterThan(size + 160_000);
    files.replace = FrailFiles.prototype.replace;
    metadata.put("last", 1);
    expect(files.readAll(PATH).length).toBeLessThan(250_000);
    expect(found(files)).toEqual(entries(metadata));
    expect(entries(metadata).size).toBe(10);
  });

  it("takes nothing more once nobody knows which journal is there", () => {
    const files = new FrailFiles();
    const metadata = opened(files);
    files.replace = () => {
      throw new Error("EIO: i/o error");
    };
    const grow = () => metadata.put("next", LONG);
    while (files.readAll(PATH).length <= 2 ** 20) grow();
    expect(grow).toThrow(expect.objectContaining({ code: "WRITE_FAILED" }));
    expect(found(files)).toEqual(entries(metadata));
  });
});
