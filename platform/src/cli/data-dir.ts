import { makeFolder } from "@33god/holyfields/folders";
import { CliError, messageOf } from "./errors.js";

/** @throws CliError `CANNOT_WRITE` */
export function makeDataDir(dataDir: string): void {
  try {
    makeFolder(dataDir);
  } catch (error) {
    throw new CliError("CANNOT_WRITE", `${dataDir} cannot be made: ${messageOf(error)}`, {
      problem: "DATA_DIR_UNUSABLE",
      hint: "--data-dir names another folder",
      cause: error,
    });
  }
}
