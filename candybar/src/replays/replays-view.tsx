/** Stored events sent again: start one after a preview, watch it, hold it, end it. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { post } from "../api/http.js";
import { replaysQuery } from "../api/queries.js";
import { type Replay, replay } from "../api/schemas.js";
import { Ago, Answer, Empty } from "../shell/parts.js";
import { inWords } from "./order.js";
import { ReplayForm } from "./replay-form.js";
import "./replays.css";

const TONE: Readonly<Record<string, string>> = {
  running: "ok",
  finished: "ok",
  paused: "warn",
  cancelled: "warn",
  failed: "bad",
};

export function ReplaysView() {
  const { trace, type } = useSearch({ from: "/replays" });
  const query = useQuery(replaysQuery);
  return (
    <div className="page">
      <div className="page-head">
        <h1>Replays</h1>
        <p>Stored events, sent again to one service or to all, marked as what they are.</p>
      </div>
      <div className="stack">
        <ReplayForm trace={trace} type={type} key={`${trace} ${type}`} />
        <Answer query={query} what="the replays">
          {({ replays }) =>
            replays.length === 0 ? (
              <Empty title="Nothing was replayed yet.">
                <p>Choose events above and preview them. Nothing is sent before you confirm the count.</p>
              </Empty>
            ) : (
              replays.map((one) => <ReplayCard key={one.replay_id} replay={one} />)
            )
          }
        </Answer>
      </div>
    </div>
  );
}

function ReplayCard({ replay: one }: { replay: Replay }) {
  const client = useQueryClient();
  const act = useMutation({
    mutationFn: (what: "pause" | "resume" | "cancel") =>
      post(replay, `/api/v1/replays/${encodeURIComponent(one.replay_id)}/${what}`, {}),
    onSettled: () => client.invalidateQueries({ queryKey: ["replays"] }),
  });
  const live = one.state === "running" || one.state === "paused";
  const button = (what: "pause" | "resume" | "cancel", label: string) => (
    <button
      type="button"
      className={`button ${what === "cancel" ? "danger" : ""}`}
      disabled={act.isPending}
      onClick={() => act.mutate(what)}
    >
      {label}
    </button>
  );
  return (
    <section className="card replay" data-replay={one.replay_id}>
      <header>
        <span className={`tag ${TONE[one.state] ?? ""}`}>{one.state}</span>
        <span>{inWords(one.request)}</span>
        <span className="dim">→ {one.request.queue ?? "every bound queue"}</span>
        <span className="spring" />
        {one.state === "running" && button("pause", "Pause")}
        {one.state === "paused" && button("resume", "Resume")}
        {live && button("cancel", "Cancel")}
      </header>
      <div className="body stack">
        <progress
          max={Math.max(1, one.total)}
          value={one.total === 0 ? 1 : one.sent}
          aria-label={`${one.sent} of ${one.total} sent`}
        />
        <div className="row-gap dim">
          <span className="num">
            {one.sent.toLocaleString()} of {one.total.toLocaleString()}
          </span>
          {one.unrouted > 0 && <span>{one.unrouted.toLocaleString()} had no queue</span>}
          <span>
            started <Ago at={Date.parse(one.created_at)} inWords />
          </span>
          {one.request.actor && <span>by {one.request.actor}</span>}
          {one.request.reason && <span>“{one.request.reason}”</span>}
        </div>
        {one.error && <p className="said bad">{one.error}</p>}
        {act.error && <p className="said bad">{act.error.message}</p>}
      </div>
    </section>
  );
}
