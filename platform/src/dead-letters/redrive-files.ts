/** `<data directory>/redrives/<id>.json`: what each redrive is to do and how it stands; whole or not at all. */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { makeFolder } from "@33god/holyfields/folders";
import { writeWhole } from "../whole-file.js";
import type { KeptRedrive } from "./redrives.js";

export class RedriveFiles {
  readonly #folder: string;

  constructor(dataDir: string) {
    this.#folder = path.join(dataDir, "redrives");
  }

  /** Oldest first. A file that cannot be understood is passed over: its letters lie where they lay. */
  read(): readonly KeptRedrive[] {
    const kept = this.#names().flatMap((name) => {
      try {
        return [JSON.parse(readFileSync(path.join(this.#folder, name), "utf8")) as KeptRedrive];
      } catch {
        return [];
      }
    });
    return kept.sort((a, b) => (a.state.created_at < b.state.created_at ? -1 : 1));
  }

  write(one: KeptRedrive): void {
    makeFolder(this.#folder);
    writeWhole(this.#file(one.state.redrive_id), JSON.stringify(one));
  }

  remove(redriveId: string): void {
    rmSync(this.#file(redriveId), { force: true });
  }

  #file(redriveId: string): string {
    return path.join(this.#folder, `${redriveId}.json`);
  }

  #names(): readonly string[] {
    try {
      return readdirSync(this.#folder).filter((name) => name.endsWith(".json"));
    } catch {
      return [];
    }
  }
}
