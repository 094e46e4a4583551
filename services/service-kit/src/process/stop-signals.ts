/** The three ways in which a service is told to end: a signal, its supervisor's channel, its supervisor's death. */
import { type Environment, wholeNumber } from "../environment.js";

const LOOK_EVERY = 500;

/** Calls back each time it is told; the callback may come more than once. */
export function onEnd(env: Environment, end: (why: string) => void): void {
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => end(signal));
  if (process.connected) process.once("disconnect", () => end("its supervisor is gone"));
  // There was a channel, and it was closed while the program was still being loaded.
  else if (process.send !== undefined) end("its supervisor is gone");
  const supervisor = wholeNumber(env, "BLOODBANK_SUPERVISOR_PID", 1);
  if (supervisor === undefined) return;
  // A child whose parent died belongs to another process from then on, so a reused id does not fool it.
  const look = setInterval(() => {
    if (process.ppid === supervisor) return;
    clearInterval(look);
    end("its supervisor is gone");
  }, LOOK_EVERY);
  look.unref();
}
