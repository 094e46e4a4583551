export type { EventMap } from "@33god/holyfields/events";
export { CheckedCatalog } from "./catalog/catalog.js";
export { EVENT_TYPE, eventTypeOf, fileNameOf, VERSION } from "./catalog/event-type.js";
export { type CatalogOptions, loadCatalog } from "./catalog/load.js";
export { distance, nearestOf } from "./catalog/nearest.js";
export * from "./contract.js";
export { ERROR_CODES, type ErrorPlace, HolyfieldsError, type HolyfieldsErrorCode } from "./errors.js";
export {
  type Decoded,
  type DecodeOptions,
  decode,
  decodeText,
  MAX_DEPTH,
  type Malformed,
} from "./json/decode.js";
