/** What every service of the house needs to start, log, drain and end. A process of its own is `@33god/service-kit/run`. */
export { BadVariable, type Environment, httpUrl, oneOf, text, wholeNumber } from "./environment.js";
export { fetchText } from "./fetch-text.js";
export { mayPass } from "./http-status.js";
export { jsonLog, type Level, type Log } from "./log.js";
export { pause } from "./pause.js";
export { retryAfter } from "./retry-after.js";
export { type PlatformAddresses, runningPlatform } from "./running-platform.js";
export type { RunningService } from "./running-service.js";
export { within } from "./within.js";
