import { loadCatalog } from "@33god/holyfields";
import { contractJudge, type Judge, shapeJudge } from "../record/draft.js";

/** The verdict by the contracts of a folder (Holyfields' own by default), or by the envelope's shape alone. */
export function judgeOf(contracts: string | false | undefined): Judge {
  if (contracts === false) return shapeJudge;
  return contractJudge(loadCatalog(contracts === undefined ? {} : { schemasDir: contracts }));
}
