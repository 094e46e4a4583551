import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { openStore } from "../src/index.js";
import { many } from "./support/deliveries.js";
import { sqlite } from "./support/engines.js";

/** Of each thread of this process (proc(5), the 19th field of `stat`). */
const priorities = () =>
  readdirSync("/proc/self/task").map((task) => {
    const stat = readFileSync(`/proc/self/task/${task}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[16]);
  });

it.skipIf(process.platform !== "linux")("one thread lets others go first: the one that writes", async () => {
  const place = await sqlite.place();
  const usual = priorities().sort((a, b) => b - a)[0] ?? 0;
  const store = await openStore(place.options);
  try {
    await store.append(many(10));
    expect((await store.count({})).total).toBe(10);
    expect(priorities().filter((each) => each > usual)).toHaveLength(1);
  } finally {
    await store.close();
    await place.remove();
  }
});
