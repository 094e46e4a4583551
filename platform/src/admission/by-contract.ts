/** The contracts, plugged into the embedded broker's one seam: what breaks its contract never reaches a queue. */
import { HEADERS } from "@33god/bloodbank";
import type { Admit } from "@33god/bloodbank-broker";
import type { Catalog, VerdictCode } from "@33god/holyfields";
import type { Config } from "../config/contract.js";

/** A quarantined copy names this many violations; the whole list is one `POST /schemas/validate` away. */
const VIOLATIONS_KEPT = 50;

/** `undefined` where admission is off. */
export function admitByContract(
  catalog: Catalog,
  mode: Config["admission"],
  refused: (code: VerdictCode) => void,
): Admit | undefined {
  if (mode === "off") return undefined;
  const action = mode === "enforce" ? "refuse" : "divert";
  return ({ body, routingKey }) => {
    const verdict = catalog.validateBytes(body, routingKey);
    if (verdict.valid) return true;
    refused(verdict.code);
    return {
      action,
      reason: verdict.message,
      headers: {
        [HEADERS.code]: verdict.code,
        [HEADERS.violations]: JSON.stringify(verdict.violations.slice(0, VIOLATIONS_KEPT)),
      },
    };
  };
}
