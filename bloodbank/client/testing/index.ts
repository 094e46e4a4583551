/** Tests on a real bus: a broker in milliseconds, time at hand, and assertions on what was published. */
export { PublishedEvents } from "./published.js";
export { startTestBus, TestBus, type TestBusSettings } from "./test-bus.js";
export { TestClock } from "./test-clock.js";
