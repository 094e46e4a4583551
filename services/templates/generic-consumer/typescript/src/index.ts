/** __DESCRIPTION__ */
export { handle, type Incoming } from "./handler.js";
export { QUEUE, service } from "./service.js";
