/** Declared services against what is connected, as the platform compares them. */
import type { ServiceState, Topology } from "../api/answers.js";
import { counted } from "../terminal/counted.js";
import { type Check, type Diagnosis, ok } from "./contract.js";

/** What has a check of its own, or says that all is well. */
const ELSEWHERE = new Set(["DEAD_LETTERS", "NOT_OBSERVED", "BACKLOG"]);
const HEALTH = { error: "wrong", warning: "look" } as const;

export const checkServices: Check = async ({ client }) => {
  const { services } = await client.json<{ readonly services: readonly ServiceState[] }>("/api/v1/services");
  const { findings = [] } = await client.json<Topology>("/api/v1/topology");
  const found: Diagnosis[] = services
    .filter(({ process }) => process?.state === "failed" || process?.state === "waiting")
    .map(({ name, process }) => ({
      check: "services",
      health: "wrong" as const,
      message: `${name} ${process?.state === "failed" ? "does not start" : "ended and is started again"}: ${process?.reason ?? "it did not say why"}`,
      hint: `bb service logs ${name}`,
    }));
  for (const { code = "", severity, message, hint } of findings) {
    const health = severity === "error" || severity === "warning" ? HEALTH[severity] : undefined;
    if (health === undefined || ELSEWHERE.has(code)) continue;
    found.push({ check: "services", health, message, ...(hint && { hint }) });
  }
  if (found.length > 0) return found;
  const connected = services.filter(({ observed }) => observed?.connected === true).length;
  return [ok("services", `${counted(connected, "service")} connected, as the registry says`)];
};
