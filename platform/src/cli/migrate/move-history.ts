/** The history from SQLite to PostgreSQL, byte for byte, and the proof that it is all there. */
import { openStore } from "@33god/candystore";
import { CliError } from "../errors.js";
import type { MovedHistory, Progress } from "./contract.js";

const PAGE = 1_000;

export async function moveHistory(
  dataDir: string,
  target: { readonly databaseUrl: string; readonly databaseSchema?: string },
  progress: Progress,
): Promise<MovedHistory> {
  const here = await openStore({ dataDir, indexing: false });
  try {
    const there = await openStore({ dataDir, ...target });
    try {
      progress(`history: ${(await here.count()).total} events`);
      const { stored, rejected } = await there.import(here.export({}, "ndjson"));
      const [wrong] = rejected;
      if (wrong !== undefined)
        throw new CliError(
          "BAD_DATA",
          `the history's event ${wrong.line} is not taken there: ${wrong.reason}`,
          { hint: "`bb audit verify` says whether the history here is as it was written" },
        );
      let events = 0;
      let missing = 0;
      let first: string | undefined;
      for (let position = 0; ; ) {
        const page = await here.after(position, PAGE);
        const last = page.at(-1);
        if (last === undefined) break;
        position = last.position;
        events += page.length;
        const found = await Promise.all(page.map(({ event_id }) => there.get(event_id)));
        for (const [index, event] of page.entries()) {
          const copy = found[index];
          if (copy !== undefined && JSON.stringify(copy.event) === JSON.stringify(event.event)) continue;
          missing += 1;
          first ??= event.event_id;
        }
      }
      return { events, stored, missing, ...(first !== undefined && { first_missing: first }) };
    } finally {
      await there.close();
    }
  } finally {
    await here.close();
  }
}
