export * from "./death.js";
