/** What all commands share: how one is defined, what its action gets, and the options that every one understands. */
import type { Command } from "commander";
import { PlatformClient } from "./api/client.js";
import { findPlatform } from "./api/find-platform.js";
import type { ExitCode } from "./exit-codes.js";
import type { Terminal } from "./terminal/terminal.js";

/** Understood before and after the command's name. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly url?: string;
  readonly token?: string;
}

export interface Invocation<Options> {
  readonly terminal: Terminal;
  readonly options: Options & GlobalOptions;
  /** Made when it is first asked for. */
  platform(): PlatformClient;
}

/** Adds itself to its parent. Nothing heavy may be imported for it: `bb --help` loads all of them. */
export type Define = (parent: Command, terminal: Terminal) => Command;

type Act<Args extends readonly unknown[], Options> = (
  invocation: Invocation<Options>,
  ...args: Args
) => Promise<ExitCode | undefined> | ExitCode | undefined;

/** A commander action that runs `act`, and ends the process with what it returns. */
export function action<Options, Args extends readonly unknown[] = readonly []>(
  terminal: Terminal,
  act: Act<Args, Options>,
): (...args: unknown[]) => Promise<void> {
  return async (...all) => {
    const command = all.at(-1) as Command;
    // commander hands over the arguments as declared, then the options, then the command.
    const args = all.slice(0, -2) as unknown as Args;
    const options = command.optsWithGlobals() as Options & GlobalOptions;
    let client: PlatformClient | undefined;
    const invocation: Invocation<Options> = {
      terminal,
      options,
      platform() {
        client ??= new PlatformClient(findPlatform(terminal, options.url), terminal, options.token);
        return client;
      },
    };
    const exit = await act(invocation, ...args);
    // A platform that goes on in this process has its own say.
    if (exit !== undefined) process.exitCode = exit;
  };
}

/** For options that may be given several times. */
export const several = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  value,
];

/** For machines: one document, indented, as `jq` shows it. */
export const asJson = (value: unknown): string => JSON.stringify(value, null, 2);
