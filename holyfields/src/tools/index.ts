export { COMPATIBILITY_RULES } from "../compare/advice.js";
export { type CompareOptions, compareSchemas, MODES } from "../compare/compare.js";
export { type GenerateOptions, generate, type Target, writeFiles } from "../generate/generate.js";
export * from "./contract.js";
