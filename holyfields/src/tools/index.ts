export { type GenerateOptions, generate, type Target, writeFiles } from "../generate/generate.js";
export * from "./contract.js";
