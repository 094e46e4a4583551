/** Turns requests into meetings of TheBoard. */
export { type Meeting, meetingOf, QUEUES } from "./requests.js";
export type { TheBoard } from "./the-board.js";
export { createdEventId, type TriggerOptions, triggerService } from "./trigger-service.js";
