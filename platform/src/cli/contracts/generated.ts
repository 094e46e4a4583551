import type { Target } from "@33god/holyfields/tools";

/** What is generated, and where below `holyfields/` it is committed. */
export const GENERATED: readonly (readonly [target: Target, place: string])[] = [
  ["zod", "generated/typescript"],
  ["pydantic", "generated/python"],
  ["sqlalchemy", "generated/sqlalchemy"],
];
