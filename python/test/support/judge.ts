/** Asks a Python process for verdicts. */
import { eventually } from "../../../bloodbank/client/test/support/eventually.js";
import { type Program, startPython } from "./python.js";

/** What `event_producers` says of an event. */
export interface Judged {
  readonly code: string;
  readonly message: string;
  readonly violations: readonly { pointer: string; keyword: string; message: string }[];
  readonly nearest: readonly string[];
  readonly valid: boolean;
}

export class Judge {
  readonly #folder: string | undefined;
  #program: Program | undefined;
  #asked = 0;

  /** @param folder of schemas; those of the package by default */
  constructor(folder?: string) {
    this.#folder = folder;
  }

  start(): void {
    this.#program = startPython(["judge.py", ...(this.#folder === undefined ? [] : [this.#folder])]);
  }

  async stop(): Promise<void> {
    await this.#program?.stop();
  }

  async ask<T>(question: object): Promise<T> {
    const [answer] = await this.askAll<T>([question]);
    if (answer === undefined) throw new Error("no answer");
    return answer;
  }

  /** Asks all at once: the answers come in the order of the questions. */
  async askAll<T>(questions: readonly object[]): Promise<T[]> {
    const program = this.#program;
    if (program === undefined) throw new Error("not started");
    const first = this.#asked;
    this.#asked += questions.length;
    const last = this.#asked;
    for (const question of questions) program.tell(JSON.stringify(question));
    await eventually(() => {
      if (program.exitCode !== null)
        throw new Error(`judge.py ended with ${program.exitCode}: ${program.errors}`);
      return program.lines.length >= last;
    }, "the verdicts");
    return program.lines.slice(first, last).map((line) => JSON.parse(line) as T);
  }
}
