// Preloaded into the platform's process: SIGUSR2 ends the worker thread in which the recorder writes, as a crash of
// that thread would. The product has no such door; `Worker` is watched from outside.
import { syncBuiltinESMExports } from "node:module";
import workers from "node:worker_threads";

if (workers.isMainThread) {
  let writer;
  workers.Worker = class extends workers.Worker {
    constructor(file, options) {
      super(file, options);
      if (/write-thread/.test(String(file))) writer = this;
    }
  };
  syncBuiltinESMExports();
  process.on("SIGUSR2", () => writer?.terminate());
}
