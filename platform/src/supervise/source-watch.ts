/**
 * Starts a service anew when its sources change; TypeScript is compiled first, and what does not compile is told and
 * changes nothing.
 *
 *   quiet ─ something in src/ is another ─▶ compiling ─ good ─▶ restarting ─▶ quiet
 *                                              └─ bad ─▶ quiet, and the old process goes on
 *
 * A change that comes meanwhile is looked at afterwards.
 */
import { execFile } from "node:child_process";
import { existsSync, type FSWatcher, readdirSync, statSync, watch } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type { RunEntry } from "@33god/registry/entries";
import type { Log } from "../log/log.js";

/** An editor writes a file in several steps; milliseconds. */
const SETTLED = 100;
const NO_SOURCE = /(^|[\\/])(__pycache__|node_modules|\.[^\\/]*)([\\/]|$)|(~|\.pyc|\.swp)$/;

export interface WatchedService {
  readonly name: string;
  readonly folder: string;
  readonly language: RunEntry["language"];
  readonly log: Log;
  /** Resolves when the new process was started. */
  restart(): Promise<void>;
}

export class SourceWatch {
  readonly #service: WatchedService;
  readonly #sources: string;
  readonly #compiler: string | undefined;
  /** By folder: watching a whole tree is not to be had everywhere. */
  readonly #watchers = new Map<string, FSWatcher>();
  #seen = "";
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> = Promise.resolve();
  #closed = false;

  /** Watches nothing where there are no sources, or nothing to compile them with: an installed package. */
  constructor(service: WatchedService) {
    this.#service = service;
    this.#sources = path.join(service.folder, "src");
    this.#compiler = service.language === "python" ? undefined : compilerOf(service.folder);
    if (service.language !== "python" && this.#compiler === undefined) return;
    try {
      this.#seen = this.#look();
    } catch (error) {
      // The system has no more watchers to give, say: the service runs all the same.
      this.#unwatch();
      const said = error instanceof Error ? error.message : String(error);
      service.log("warn", `${service.name} is not started anew when its sources change: ${said}`);
    }
  }

  /** Resolves when nothing is at work any more. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#unwatch();
    await this.#working;
  }

  /** What is there now, in one text; folders that are new are watched from here on. */
  #look(): string {
    if (!existsSync(this.#sources)) return "";
    const lines: string[] = [];
    const visit = (folder: string) => {
      this.#watch(folder);
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const file = path.join(folder, entry.name);
        if (NO_SOURCE.test(path.relative(this.#sources, file))) continue;
        if (entry.isDirectory()) visit(file);
        else {
          const stat = statSync(file, { throwIfNoEntry: false });
          if (stat) lines.push(`${file} ${stat.size} ${stat.mtimeMs}`);
        }
      }
    };
    visit(this.#sources);
    return lines.sort().join("\n");
  }

  #unwatch(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #watch(folder: string): void {
    if (this.#watchers.has(folder) || this.#closed) return;
    const watcher = watch(folder, { persistent: false }, () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => {
        this.#working = this.#working.then(() => this.#changed());
      }, SETTLED);
    });
    // The folder is gone.
    watcher.on("error", () => {
      watcher.close();
      this.#watchers.delete(folder);
    });
    this.#watchers.set(folder, watcher);
  }

  async #changed(): Promise<void> {
    const { name, log, restart } = this.#service;
    try {
      const now = this.#look();
      if (now === this.#seen || this.#closed) return;
      this.#seen = now;
      await this.#compile();
      if (this.#closed) return;
      log("info", `${name} is started anew: its sources changed`);
      await restart();
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      log("error", `${name} was changed and goes on as it was: ${said}`);
    }
  }

  /** @throws Error with what the compiler says */
  #compile(): Promise<void> {
    const { folder } = this.#service;
    const compiler = this.#compiler;
    if (compiler === undefined) return Promise.resolve();
    return new Promise((resolve, reject) => {
      execFile(process.execPath, [compiler, "-b", "--pretty", "false"], { cwd: folder }, (error, stdout) =>
        error === null ? resolve() : reject(new Error(stdout.trim() || error.message)),
      );
    });
  }
}

function compilerOf(folder: string): string | undefined {
  const config = path.join(folder, "tsconfig.json");
  if (!existsSync(config)) return undefined;
  try {
    const manifest = createRequire(config).resolve("typescript/package.json");
    return path.join(path.dirname(manifest), "bin", "tsc");
  } catch {
    return undefined;
  }
}
