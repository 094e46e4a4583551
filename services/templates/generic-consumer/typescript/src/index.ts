/** __DESCRIPTION__ */
export { handle } from "./handler.js";
export { QUEUE, service } from "./service.js";
