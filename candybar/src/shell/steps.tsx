/** Work that takes its time: how far it is, and the buttons to hold it, to go on and to end it. */
import { type ReactNode, useState } from "react";
import { Confirm } from "./confirm.js";

const TONE: Readonly<Record<string, string>> = {
  running: "ok",
  finished: "ok",
  paused: "warn",
  cancelled: "warn",
  failed: "bad",
};

type Act = "pause" | "resume" | "cancel";

interface Props {
  data: Record<`data-${string}`, string>;
  state: string;
  done: number;
  total: number;
  act: (what: Act) => void;
  acting: boolean;
  error: string | null | undefined;
  title: ReactNode;
  children: ReactNode;
}

export function Steps({ data, state, done, total, act, acting, error, title, children }: Props) {
  const [asking, setAsking] = useState(false);
  const button = (what: "pause" | "resume", label: string) => (
    <button type="button" className="button" disabled={acting} onClick={() => act(what)}>
      {label}
    </button>
  );
  const active = state === "running" || state === "paused";
  return (
    <section className="card steps" {...data}>
      <header>
        <span className={`tag ${TONE[state] ?? ""}`}>{state}</span>
        {title}
        <span className="spring" />
        {state === "running" && button("pause", "Pause")}
        {state === "paused" && button("resume", "Resume")}
        {active && (
          <button type="button" className="button danger" disabled={acting} onClick={() => setAsking(true)}>
            Cancel
          </button>
        )}
      </header>
      <div className="body stack">
        <progress
          max={Math.max(1, total)}
          value={total === 0 ? 1 : done}
          aria-label={`${done} of ${total} sent`}
        />
        <div className="row-gap dim">
          <span className="num">
            {done.toLocaleString()} of {total.toLocaleString()}
          </span>
          {children}
        </div>
        {error && <p className="said bad">{error}</p>}
      </div>
      {asking && active && (
        <Confirm
          title={`Leave ${(total - done).toLocaleString()} of ${total.toLocaleString()} unsent?`}
          detail="What was sent stays sent. It cannot be gone on with afterwards."
          act="Cancel it"
          back="Go on"
          danger={true}
          reason={false}
          close={() => setAsking(false)}
          confirm={() => act("cancel")}
        />
      )}
    </section>
  );
}
