/** __DESCRIPTION__ */
export { CONSUMES, handle, type Incoming, type Means } from "./handler.js";
export { QUEUE, service } from "./service.js";
