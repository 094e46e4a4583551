export * from "./policies.js";
export * from "./policy.js";
