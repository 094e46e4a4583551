/** The platform: configuration and composition root. `bb` and `npm start` are its callers. */
export type {
  Config,
  Environment,
  LoadedConfig,
  LogLevel,
  Origin,
  Port,
  Setting,
} from "./config/contract.js";
export { loadConfig } from "./config/load.js";
export { nearestName } from "./config/nearest.js";
export { VARIABLES, type Variable, type VariableName } from "./config/variables.js";
export type {
  Addresses,
  LogSink,
  Platform,
  PlatformOptions,
  RuntimeFile,
  ServiceSelection,
} from "./contract.js";
export { START_ERRORS, StartError, type StartErrorCode } from "./errors.js";
export type { Check, Readiness } from "./health/health.js";
export { PROBLEMS, type ProblemCode } from "./http/problem-codes.js";
export { startPlatform } from "./start/platform.js";
export { readRuntimeFile, runningPlatform, runtimeFilePath } from "./start/runtime-file.js";
