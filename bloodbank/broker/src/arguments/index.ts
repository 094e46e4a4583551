export * from "./declarations.js";
export * from "./equivalence.js";
export * from "./settings.js";
export * from "./validate.js";
