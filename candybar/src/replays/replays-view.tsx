/** Stored events sent again: start one after a preview, watch it, hold it, end it. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { post } from "../api/http.js";
import { replaysQuery } from "../api/queries.js";
import { type Replay, replay } from "../api/schemas.js";
import { Ago, Answer, Empty } from "../shell/parts.js";
import { Steps } from "../shell/steps.js";
import { inWords } from "./order.js";
import { ReplayForm } from "./replay-form.js";
import "./replays.css";

export function ReplaysView() {
  const { trace, type, from } = useSearch({ from: "/replays" });
  const query = useQuery(replaysQuery);
  return (
    <div className="page">
      <div className="page-head">
        <h1>Replays</h1>
        <p>Stored events, sent again to one service or to all, marked as what they are.</p>
      </div>
      <div className="stack">
        <ReplayForm trace={trace} type={type} from={from} key={`${trace} ${type} ${from}`} />
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
  return (
    <Steps
      data={{ "data-replay": one.replay_id }}
      state={one.state}
      done={one.sent}
      total={one.total}
      act={(what) => act.mutate(what)}
      acting={act.isPending}
      error={one.error ?? act.error?.message}
      title={
        <>
          <span>{inWords(one.request)}</span>
          <span className="dim">→ {one.request.queue ?? "every bound queue"}</span>
        </>
      }
    >
      {one.unrouted > 0 && <span>{one.unrouted.toLocaleString()} had no queue</span>}
      <span>
        started <Ago at={Date.parse(one.created_at)} inWords />
      </span>
      {one.request.actor && <span>by {one.request.actor}</span>}
      {one.request.reason && <span>“{one.request.reason}”</span>}
    </Steps>
  );
}
