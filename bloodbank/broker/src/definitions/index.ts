export * from "./apply.js";
export * from "./export.js";
