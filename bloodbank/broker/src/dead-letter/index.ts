export * from "./death.js";
export * from "./first-death.js";
