/** The folders that a start needs, made and proved to be writable. */
import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { makeFolder } from "@33god/holyfields/folders";
import { messageOf, StartError, type StartErrorCode, systemCode } from "../errors.js";

const WHY: Readonly<Record<string, string>> = {
  EACCES: "not permitted",
  EPERM: "not permitted",
  EROFS: "the file system is read-only",
  ENOENT: "no folder can be made there",
  ENOSPC: "the disk is full",
};

/** @throws StartError `DATA_DIR_UNUSABLE` */
export function prepareDataDir(dataDir: string): void {
  prepare(dataDir, "DATA_DIR_UNUSABLE", "The data directory", "BLOODBANK_DATA_DIR");
}

/** @throws StartError `VAULT_UNUSABLE` */
export function prepareVault(vaultDir: string): void {
  prepare(vaultDir, "VAULT_UNUSABLE", "The vault, where transcripts are written,", "BLOODBANK_VAULT_DIR");
}

function prepare(folder: string, code: StartErrorCode, what: string, variable: string): void {
  try {
    makeFolder(path.resolve(folder));
    const probe = path.join(folder, `.probe-${process.pid}`);
    writeFileSync(probe, "");
    rmSync(probe);
  } catch (error) {
    const why = WHY[systemCode(error) ?? ""] ?? messageOf(error);
    throw new StartError(code, `${what} ${folder} cannot be written to: ${why}`, {
      cause: error,
      hint: `Set ${variable} to a folder that you may write to.`,
    });
  }
}
