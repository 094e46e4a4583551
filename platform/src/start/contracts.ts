import { type CheckedCatalog, HolyfieldsError, loadCatalog } from "@33god/holyfields";
import { StartError } from "../errors.js";

/** @throws StartError `BAD_CONTRACTS` with the file, the place in it, and what to do */
export function loadContracts(): CheckedCatalog {
  try {
    return loadCatalog();
  } catch (error) {
    if (!(error instanceof HolyfieldsError)) throw error;
    throw new StartError("BAD_CONTRACTS", error.message, {
      cause: error,
      hint: "`bb schema lint` checks all of them.",
    });
  }
}
