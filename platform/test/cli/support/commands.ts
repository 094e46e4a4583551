/** `bb` as a user types it, in the folder of a platform that runs. */
import path from "node:path";
import { expect } from "vitest";
import { eventually } from "../../../../bloodbank/client/test/support/eventually.js";
import type { Fixture } from "../../support/on-each-engine.js";
import { type BbOptions, type Ended, bb as run } from "./bb.js";

export function commandsOn(fixture: () => Fixture) {
  const bb = (args: readonly string[], options: BbOptions = {}): Promise<Ended> =>
    run(args, {
      ...options,
      env: { BLOODBANK_DATA_DIR: path.join(fixture().platform.folder, "data"), ...options.env },
    });
  const good = async (args: readonly string[], options?: BbOptions): Promise<string> => {
    const { code, out, err } = await bb(args, options);
    expect(code, `${args.join(" ")}: ${err}${out}`).toBe(0);
    return out;
  };
  const json = async (args: readonly string[]) => JSON.parse(await good([...args, "--json"]));
  const publish = async (...more: string[]): Promise<string> =>
    (
      await good([
        "publish",
        "artifact.created",
        "-f",
        "artifact_type=document",
        "-f",
        "file_path=/tmp/a.md",
        ...more,
      ])
    ).trim();
  /** The store is a few milliseconds behind. */
  const recorded = (id: string) =>
    eventually(async () => (await bb(["events", id])).code === 0, `event ${id}`);
  return { bb, good, json, publish, recorded };
}
