import { expect, test } from "vitest";
import { Kept, lastWordsOf, until } from "../processes.mjs";

const kept = (script: string, ready: () => boolean) => new Kept("it", ["-e", script], {}, ready);

test("a process that ends before it is ready is told with its last words", async () => {
  await expect(kept("console.log('no port'); process.exit(3)", () => false).start()).rejects.toThrow(
    "it ended by itself (3):\nno port",
  );
});

test("a process that ends later is told as well, one that was ended is not", async () => {
  const later = kept(
    "process.on('SIGUSR2', () => process.exit(4)); setInterval(() => {}, 1e6); console.log('up')",
    () => true,
  );
  await later.start();
  expect(lastWordsOf([undefined, later])).toEqual([]);
  await until(() => {
    // Sent again until the process listens to it.
    later.signal("SIGUSR2");
    return later.lastWords !== undefined;
  }, "the process to end");
  expect(lastWordsOf([undefined, later])).toEqual([
    expect.stringMatching(/^it ended by itself \((4|SIGUSR2)\)/),
  ]);

  const ended = kept("setInterval(() => {}, 1e6)", () => true);
  await ended.start();
  await ended.end();
  expect(ended.lastWords).toBeUndefined();
});
