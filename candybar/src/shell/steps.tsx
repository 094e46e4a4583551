/** Work that takes its time: how far it is, and the buttons to hold it, to go on and to end it. */
import type { ReactNode } from "react";

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
  const button = (what: Act, label: string) => (
    <button
      type="button"
      className={`button ${what === "cancel" ? "danger" : ""}`}
      disabled={acting}
      onClick={() => act(what)}
    >
      {label}
    </button>
  );
  return (
    <section className="card steps" {...data}>
      <header>
        <span className={`tag ${TONE[state] ?? ""}`}>{state}</span>
        {title}
        <span className="spring" />
        {state === "running" && button("pause", "Pause")}
        {state === "paused" && button("resume", "Resume")}
        {(state === "running" || state === "paused") && button("cancel", "Cancel")}
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
    </section>
  );
}
