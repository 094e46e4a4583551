import { port } from "../config/values.js";
import { CliError, messageOf } from "./errors.js";

/**
 * The port that a variable names.
 *
 * @param otherwise what to do instead of mending it
 * @throws CliError `BAD_CONFIG`
 */
export function envPort(variable: string, value: string, otherwise = ""): number {
  try {
    return port(value);
  } catch (cause) {
    throw new CliError("BAD_CONFIG", `${variable}: ${messageOf(cause)}`, {
      hint: `set it to a number from 0 to 65535${otherwise}`,
      cause,
    });
  }
}
