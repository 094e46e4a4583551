import { painter } from "../../../src/cli/terminal/paint.js";
import type { Terminal } from "../../../src/cli/terminal/terminal.js";

/** For the tree of commands, of which none is run. */
export const quietTerminal: Terminal = {
  env: {},
  cwd: "/",
  out: () => undefined,
  write: async () => undefined,
  note: () => undefined,
  paint: painter({ NO_COLOR: "1" }, false),
  width: undefined,
  interactive: false,
  signal: new AbortController().signal,
  readInput: async () => new Uint8Array(),
};
