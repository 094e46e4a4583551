/** What to send again, to whom and how fast; the count is asked for before anything is sent. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { post } from "../api/http.js";
import { servicesQuery } from "../api/queries.js";
import { replay, replayPreview } from "../api/schemas.js";
import { Confirm } from "../shell/confirm.js";
import { counted } from "../shell/counted.js";
import { EventType } from "../shell/parts.js";
import { type Draft, EMPTY, orderOf, selectionOf } from "./order.js";

const SPEEDS = [
  { value: "max", label: "As fast as it is taken" },
  { value: "1", label: "At the original pace" },
  { value: "10", label: "10 times faster" },
  { value: "100", label: "100 times faster" },
];

/** Types of the preview that are named. */
const TYPES = 8;

/** Without the bounds a browser takes years of six digits, which no time has. */
const moment = { type: "datetime-local", min: "1970-01-02T00:00", max: "9999-12-30T00:00" };

/** What is typed is in the reader's own zone; logs are in UTC. */
const inUtc = (value: string) => {
  const time = Date.parse(value);
  return Number.isNaN(time) ? "" : `${new Date(time).toISOString().slice(0, 16)}Z`;
};

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
  const types = preview.data?.by_type ?? [];
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
          <Labelled name="since" label="Received since" said={inUtc(draft.since)}>
            {input("since", { ...moment, disabled: draft.trace !== "" })}
          </Labelled>
          <Labelled name="until" label="and before" said={inUtc(draft.until)}>
            {input("until", { ...moment, disabled: draft.trace !== "" })}
          </Labelled>
          <Labelled name="from" label="From position">
            {input("from", {
              type: "number",
              min: 1,
              max: Number.MAX_SAFE_INTEGER,
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
          <Labelled name="reason" label="Why">
            {input("reason", { placeholder: "kept in the history" })}
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
        </div>
        {types.length > 0 && (
          <ul className="by-type" aria-label="Selected events by type">
            {types.slice(0, TYPES).map(({ event_type, count }) => (
              <li key={event_type}>
                <EventType type={event_type} /> <span className="num dim">{count.toLocaleString()}</span>
              </li>
            ))}
            {types.length > TYPES && (
              <li className="dim">and {counted(types.length - TYPES, "further type", "further types")}</li>
            )}
          </ul>
        )}
        {(preview.error ?? start.error) && (
          <p className="said bad">{(preview.error ?? start.error)?.message}</p>
        )}
      </form>
      {asking && (
        <Confirm
          title={`Send ${counted(total ?? 0, "stored event", "stored events")} to ${target}?`}
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

interface LabelledProps {
  name: string;
  label: string;
  /** Beside the label: what the field's value means. */
  said?: string;
  children: ReactNode;
}

function Labelled({ name, label, said, children }: LabelledProps) {
  return (
    <div className="labelled">
      <span className="row-gap dim">
        <label htmlFor={`replay-${name}`}>{label}</label>
        {said && <span className="num">{said}</span>}
      </span>
      {children}
    </div>
  );
}
