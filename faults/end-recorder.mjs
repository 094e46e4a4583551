// Preloaded into the platform's process: SIGUSR2 ends the worker thread in which the recorder writes, as an error that
// nobody catches would. The platform has no such door; `Worker` is watched from outside. `terminate` is no crash that
// happens: in the middle of SQLite's native part it can take the process along (seen on Node 24).
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
  process.on("SIGUSR2", () => writer?.postMessage("crash"));
}
