/** Live or not live, and what happens next. */
import { memo } from "react";
import { SignIn } from "../shell/sign-in.js";
import { useNow } from "../shell/time.js";
import type { LiveState } from "./live-stream.js";

type Shown = Pick<LiveState, "status" | "problem" | "retryAt" | "unreadable">;

export const StreamBanner = memo(function StreamBanner({
  status,
  problem,
  retryAt,
  unreadable,
  paused,
}: Shown & { paused: boolean }) {
  const now = useNow();
  if (status === "lost") {
    const seconds = Math.max(0, Math.ceil((retryAt - now) / 1000));
    return (
      <span className="pill bad" role="status" title={problem?.message}>
        Not live · {seconds > 0 ? `trying again in ${seconds} s` : "trying again"}
      </span>
    );
  }
  if (status === "refused")
    return problem?.status === 401 ? (
      <SignIn className="pill bad">Not live · sign in again</SignIn>
    ) : (
      <span className="pill bad" role="status">
        Not live
      </span>
    );
  if (status === "loading") return <span className="pill">Connecting</span>;
  return (
    <>
      <span className={`pill ${paused ? "warn" : "ok"}`} role="status">
        {paused ? "Paused" : "Live"}
      </span>
      {unreadable > 0 && (
        <span className="pill bad" role="status">
          {unreadable} not understood
        </span>
      )}
    </>
  );
});
