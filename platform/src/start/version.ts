import { readFileSync } from "node:fs";

/** As in this package's package.json, from `src/` and from `dist/` alike. */
export const VERSION: string = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
).version;
