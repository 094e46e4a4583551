const GOOD = new Set(["ok", "up", "ready", "pass", "healthy", "connected"]);

/** A check says how it is in one of several usual ways. */
export function verdictOf(check: unknown): "ok" | "warn" | "bad" | "unknown" {
  if (typeof check === "boolean") return check ? "ok" : "bad";
  if (check === "degraded") return "warn";
  if (typeof check === "string") return GOOD.has(check.toLowerCase()) ? "ok" : "bad";
  if (check === null || typeof check !== "object") return "unknown";
  const facts = check as Record<string, unknown>;
  for (const name of ["ok", "ready", "healthy", "status", "state"])
    if (name in facts) return verdictOf(facts[name]);
  return "unknown";
}
