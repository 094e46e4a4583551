import { describe, expect, it } from "vitest";
import { VolatileStore } from "../../src/log/volatile-store.js";
import { FrailFiles } from "../disk/frail-files.js";
import { bodyOf, draft } from "./stored.js";

/** Two of them do not fit into one slab. */
const body = (i: number) => `${i}`.padEnd(200_000, ".");

describe("messages that need not outlive the process", () => {
  it("stay in memory, and readable, while the disk that memory runs over to is full", () => {
    const files = new FrailFiles();
    const store = new VolatileStore(files, "/volatile", 2 ** 20);
    const refs: number[] = [];
    const append = (i: number) => refs.push(store.append(draft(body(i)), 1, 0));
    const all = () => refs.map((ref) => bodyOf(store.message(ref)));
    files.room = 100_000;
    for (let i = 0; i < 10; i++) append(i);
    expect(all()).toEqual(refs.map((_, i) => body(i)));
    expect(files.list("/volatile")).toEqual([]);
    files.room = 2 ** 30;
    for (let i = 10; i < 20; i++) append(i);
    expect(files.list("/volatile").length).toBeGreaterThan(5);
    expect(all()).toEqual(refs.map((_, i) => body(i)));
    for (const ref of refs) store.release(ref);
    store.close();
  });

  it("are found however many have come and gone: a reference has room for so many slabs only", () => {
    const store = new VolatileStore(new FrailFiles(), "/volatile");
    let held = store.append(draft(body(0)), 1, 0);
    const first = held;
    for (let i = 1; i < 100; i++) {
      const next = store.append(draft(body(i)), 1, 0);
      store.release(held);
      held = next;
      expect(bodyOf(store.message(held))).toBe(body(i));
    }
    expect(Math.abs(held - first)).toBeLessThan(8 * 2 ** 28);
    store.close();
  });
});
