/** Live or not live, and what happens next. */
import { useNow } from "../shell/time.js";
import type { LiveState } from "./live-stream.js";

export function StreamBanner({ state, paused }: { state: LiveState; paused: boolean }) {
  const now = useNow();
  if (state.status === "lost") {
    const seconds = Math.max(0, Math.ceil((state.retryAt - now) / 1000));
    return (
      <span className="pill bad" role="status" title={state.problem?.message}>
        Not live · {seconds > 0 ? `trying again in ${seconds} s` : "trying again"}
      </span>
    );
  }
  if (state.status === "loading") return <span className="pill">Connecting</span>;
  return (
    <>
      <span className={`pill ${paused ? "warn" : "ok"}`} role="status">
        {paused ? "Paused" : "Live"}
      </span>
      {state.unreadable > 0 && (
        <span className="pill bad" role="status">
          {state.unreadable} not understood
        </span>
      )}
    </>
  );
}
