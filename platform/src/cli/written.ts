import { CliError, messageOf } from "./errors.js";

/**
 * Does what writes files.
 *
 * @throws CliError `CANNOT_WRITE`
 */
export function written<Value>(work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    throw new CliError("CANNOT_WRITE", messageOf(error), { cause: error });
  }
}
