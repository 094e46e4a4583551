/** Candystore: every event kept, found, explained and replayed. */
export type * from "./audit/contract.js";
export type * from "./contract.js";
export { STORE_ERRORS, StoreError, type StoreErrorCode } from "./errors.js";
export type * from "./keep/contract.js";
export { type RestorePlace, restoreStore } from "./keep/restore.js";
export { checkRetention } from "./keep/rules.js";
export { openStore } from "./open-store.js";
export { checkFilter } from "./query/filter.js";
export type * from "./recorder/contract.js";
export type * from "./replay/contract.js";
export { type ReplaysOptions, startReplays } from "./replay/start-replays.js";
