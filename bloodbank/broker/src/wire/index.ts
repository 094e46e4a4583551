export * from "./constants.js";
export * from "./hot-frames.js";
export * from "./methods.js";
export * from "./plain.js";
export * from "./properties.js";
export * from "./table.js";
export * from "./table-codec.js";
