export * from "./access.js";
export * from "./password.js";
export * from "./permissions.js";
export * from "./records.js";
export type { User } from "./users.js";
