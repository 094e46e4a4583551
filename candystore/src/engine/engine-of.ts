import type { StoreLocation } from "../contract.js";
import type { Engine } from "./contract.js";

/** Loads the engine's code, and with it its driver, only where it is used. */
export async function engineOf({ databaseUrl }: StoreLocation): Promise<Engine> {
  return databaseUrl === undefined
    ? (await import("../sqlite/engine.js")).sqlite
    : (await import("../postgres/engine.js")).postgres;
}
