import { within } from "./within.js";

/** The answer and all of its text, within `ms` milliseconds, unless told to stop. Rejects as `fetch` and `within` do. */
export const fetchText = (
  url: string,
  init: RequestInit,
  ms: number,
  signal: AbortSignal,
): Promise<{ readonly response: Response; readonly text: string }> =>
  within(ms, signal, async (limited) => {
    const response = await fetch(url, { ...init, signal: limited });
    return { response, text: await response.text() };
  });
