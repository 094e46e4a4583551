/** Hands feedback to the agent that it is for, and the agent's answer back. */
export type { AgentForge } from "./agent-forge.js";
export { ROUTER_QUEUE, type RouterOptions, routerService } from "./router-service.js";
