/** What to send again, to whom and how fast; the count is asked for before anything is sent. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { post } from "../api/http.js";
import { servicesQuery } from "../api/queries.js";
import { replay, replayPreview } from "../api/schemas.js";
import { Confirm } from "../shell/confirm.js";
import { EventType } from "../shell/parts.js";
import { type Draft, EMPTY, orderOf, selectionOf } from "./order.js";

const SPEEDS = [
  { value: "max", label: "As fast as it is taken" },
  { value: "1", label: "At the original pace" },
  { value: "10", label: "10 times faster" },
  { value: "100", label: "100 times faster" },
];

interface Props {
  trace?: string | undefined;
  type?: string | undefined;
  from?: number | undefined;
}

export function ReplayForm({ trace = "", type = "", from }: Props) {
  const [draft, setDraft] = useState<Draft>({ ...EMPTY, trace, type, from: from?.toString() ?? "" });
  const [asking, setAsking] = useState(false);
  const client = useQueryClient();
  const services = useQuery(servicesQuery).data?.services ?? [];
  const queues = services.flatMap((s) => [...(s.queue_name ? [s.queue_name] : []), ...s.queue_names]);
  const preview = useMutation({
    mutationFn: () => post(replayPreview, "/api/v1/replays/preview", { select: selectionOf(draft) }),
  });
  const start = useMutation({
    mutationFn: () => post(replay, "/api/v1/replays", orderOf(draft)),
    onSuccess: () => {
      preview.reset();
      return client.invalidateQueries({ queryKey: ["replays"] });
    },
  });
  const set = (change: Partial<Draft>) => {
    setDraft({ ...draft, ...change });
    preview.reset();
  };
  const input = (name: keyof Draft, rest: Record<string, unknown> = {}) => (
    <input
      className="field"
      id={`replay-${name}`}
      value={draft[name]}
      onChange={(event) => set({ [name]: event.target.value })}
      {...rest}
    />
  );
  const total = preview.data?.total;
  const target = draft.queue === "" ? "every queue that is bound for them" : draft.queue;
  return (
    <section className="card">
      <header>
        <h2>New replay</h2>
      </header>
      <form
        className="body stack"
        onSubmit={(event) => {
          event.preventDefault();
          preview.mutate();
        }}
      >
        <div className="replay-fields">
          <Labelled name="trace" label="Trace of event">
            {input("trace", { placeholder: "event id: its whole causal graph" })}
          </Labelled>
          <Labelled name="type" label="Types">
            {input("type", { placeholder: "theboard.meeting.*", disabled: draft.trace !== "" })}
          </Labelled>
          <Labelled name="source" label="Source">
            {input("source", { disabled: draft.trace !== "" })}
          </Labelled>
          <Labelled name="since" label="Received since">
            {input("since", { type: "datetime-local", disabled: draft.trace !== "" })}
          </Labelled>
          <Labelled name="until" label="and before">
            {input("until", { type: "datetime-local", disabled: draft.trace !== "" })}
          </Labelled>
          <Labelled name="from" label="From position">
            {input("from", {
              type: "number",
              min: 1,
              placeholder: "the first",
              disabled: draft.trace !== "",
            })}
          </Labelled>
          <Labelled name="queue" label="To">
            {input("queue", { placeholder: "every bound queue", list: "replay-queues" })}
          </Labelled>
          <Labelled name="speed" label="Speed">
            <select
              className="field"
              id="replay-speed"
              value={draft.speed}
              onChange={(event) => set({ speed: event.target.value })}
            >
              {SPEEDS.map(({ value, label }) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </select>
          </Labelled>
          <Labelled name="rate" label="Events a second at most">
            {input("rate", { type: "number", min: 1, placeholder: "no limit" })}
          </Labelled>
        </div>
        <datalist id="replay-queues">
          {[...new Set(queues)].map((queue) => (
            <option key={queue} value={queue} />
          ))}
        </datalist>
        <div className="row-gap" aria-live="polite">
          <button type="submit" className="button" disabled={preview.isPending}>
            Preview
          </button>
          <button
            type="button"
            className="button primary"
            disabled={!total || start.isPending}
            onClick={() => setAsking(true)}
          >
            {total ? `Replay ${total.toLocaleString()}…` : "Replay…"}
          </button>
          {total === 0 && <span className="dim">Nothing in the history is selected by this.</span>}
          {preview.data?.by_type.slice(0, 6).map(({ event_type, count }) => (
            <span key={event_type}>
              <span className="num">{count.toLocaleString()}</span> <EventType type={event_type} />
            </span>
          ))}
        </div>
        {(preview.error ?? start.error) && (
          <p className="said bad">{(preview.error ?? start.error)?.message}</p>
        )}
      </form>
      {asking && (
        <Confirm
          title={`Send ${total?.toLocaleString()} stored events to ${target}?`}
          detail="Handlers see them marked as a replay. Effects that are not deduplicated happen again."
          act="Replay"
          danger={false}
          reason={false}
          close={() => setAsking(false)}
          confirm={() => start.mutate()}
        />
      )}
    </section>
  );
}

function Labelled({ name, label, children }: { name: string; label: string; children: ReactNode }) {
  return (
    <div className="labelled">
      <label htmlFor={`replay-${name}`}>{label}</label>
      {children}
    </div>
  );
}
