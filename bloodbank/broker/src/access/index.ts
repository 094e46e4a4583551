export * from "./access.js";
export * from "./password.js";
export * from "./permissions.js";
export * from "./records.js";
export { MECHANISMS, refusedLogin } from "./sasl.js";
export type { User, UserSecret } from "./users.js";
