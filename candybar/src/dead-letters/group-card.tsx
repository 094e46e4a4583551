/** Dead letters of one cause: how many, since when, whether it goes on; to look at, send back or let go. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useId, useState } from "react";
import { post } from "../api/http.js";
import { deadLettersQuery } from "../api/queries.js";
import { type DeadLetter, type LetterGroup, redrive } from "../api/schemas.js";
import { JsonTree } from "../event/json-tree.js";
import { Confirm } from "../shell/confirm.js";
import { counted } from "../shell/counted.js";
import { Ago, Answer, EventType } from "../shell/parts.js";
import { done, Repair } from "./repair.js";

export function GroupCard({ group }: { group: LetterGroup }) {
  const client = useQueryClient();
  const [asking, setAsking] = useState<"redrive" | "discard">();
  const navigate = useNavigate();
  const open = useSearch({ from: "/dead-letters" }).group === group.group;
  const setOpen = (wanted: boolean) =>
    void navigate({
      to: "/dead-letters",
      search: { group: wanted ? group.group : undefined },
      replace: true,
      resetScroll: false,
    });
  const [rate, setRate] = useState("");
  const rateId = useId();
  const settled = () => {
    for (const key of ["dead-letters", "redrives", "topology"])
      void client.invalidateQueries({ queryKey: [key] });
  };
  const send = useMutation({
    mutationFn: () =>
      post(redrive, "/api/v1/dead-letters/redrives", {
        group: group.group,
        ...(Number(rate) > 0 && { rate: Number(rate) }),
      }),
    onSettled: settled,
  });
  const discard = useMutation({
    mutationFn: (reason: string) =>
      post(done, "/api/v1/dead-letters/discard", { group: group.group, reason }),
    onSettled: settled,
  });
  const acting = send.isPending || discard.isPending;
  const count = counted(group.count, "message", "messages");
  const failed = send.error ?? discard.error;
  return (
    <section className="card" data-group={group.group}>
      <header>
        <span className="tag bad num">{group.count.toLocaleString()}</span>
        <EventType type={group.event_type} />
        <code className="dim">{group.queue}</code>
        <span className="spring" />
        <span className="row-gap">
          <button type="button" className="button" disabled={acting} onClick={() => setAsking("redrive")}>
            {group.count > 1 ? "Redrive all" : "Redrive"}
          </button>
          <button
            type="button"
            className="button danger"
            disabled={acting}
            onClick={() => setAsking("discard")}
          >
            {group.count > 1 ? "Discard all" : "Discard"}
          </button>
        </span>
      </header>
      <div className="body stack">
        <p>
          {group.code && <span className="tag">{group.code}</span>}{" "}
          {group.reason || <span className="dim">No reason was given.</span>}
        </p>
        <div className="row-gap dim">
          {group.last_at != null && <Trend counts={group.trend} />}
          {group.last_at == null ? (
            <span>It is not known when.</span>
          ) : (
            <span>
              last <Ago at={Date.parse(group.last_at)} inWords />
              {group.count > 1 && (
                <>
                  , first <Ago at={Date.parse(group.first_at ?? "")} inWords />
                </>
              )}
            </span>
          )}
          <button type="button" className="button" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? "Hide" : "Inspect"}
          </button>
        </div>
        {failed && <p className="said bad">{failed.message}</p>}
        {open && <Letters group={group} />}
      </div>
      {asking === "redrive" && (
        <Confirm
          title={`Send ${count} back to ${group.queue}?`}
          detail="Each is handled again, with the same event id. Effects that are not deduplicated happen again."
          act="Redrive"
          danger={false}
          reason={false}
          close={() => setAsking(undefined)}
          confirm={() => send.mutate()}
        >
          <div className="labelled">
            <label htmlFor={rateId}>Messages a second at most</label>
            <input
              id={rateId}
              className="field"
              type="number"
              min={0.01}
              step="any"
              placeholder="no limit"
              value={rate}
              onChange={(event) => setRate(event.target.value)}
            />
          </div>
        </Confirm>
      )}
      {asking === "discard" && (
        <Confirm
          title={`Discard ${count} for good?`}
          detail="The events stay in the history; only these deliveries are given up."
          act="Discard"
          danger={true}
          reason={true}
          close={() => setAsking(undefined)}
          confirm={(reason) => discard.mutate(reason)}
        />
      )}
    </section>
  );
}

function Letters({ group }: { group: LetterGroup }) {
  const query = useQuery(deadLettersQuery(group));
  return (
    <Answer query={query} what="the letters">
      {({ dead_letters: letters }) => (
        <>
          {letters.map((letter, index) => (
            <Letter key={letter.id} letter={letter} first={index === 0} />
          ))}
          {group.count > letters.length && (
            <p className="dim">
              The oldest {letters.length} of {group.count.toLocaleString()} are shown.
            </p>
          )}
        </>
      )}
    </Answer>
  );
}

/** Letters of one cause failed in one place: the stack is unfolded on the first. */
function Letter({ letter, first }: { letter: DeadLetter; first: boolean }) {
  const [editing, setEditing] = useState(false);
  return (
    <div className="letter stack">
      <div className="row-gap">
        {letter.event_id && (
          <Link to="/events/$eventId" params={{ eventId: letter.event_id }}>
            <code>{letter.event_id}</code>
          </Link>
        )}
        <span className="dim num">{counted(letter.attempts, "attempt", "attempts")}</span>
        <button
          type="button"
          className="button"
          aria-expanded={editing}
          disabled={letter.event === undefined}
          onClick={() => setEditing(!editing)}
        >
          {editing ? "Stop editing" : "Edit and redrive"}
        </button>
      </div>
      {letter.stack && (
        <details open={first}>
          <summary className="dim">Stack</summary>
          <pre className="snippet">{letter.stack}</pre>
        </details>
      )}
      {editing ? (
        <Repair letter={letter} />
      ) : (
        letter.event !== undefined && <JsonTree value={letter.event} open={1} />
      )}
    </div>
  );
}

/** When they died: from the first death on the left to the last on the right. */
function Trend({ counts }: { counts: readonly number[] }) {
  const peak = Math.max(1, ...counts);
  const bar = (count: number, index: number) =>
    `M${index * 5 + 2} 16v-${count === 0 ? 1 : 2 + (count / peak) * 13}`;
  const path = (wanted: boolean) =>
    counts.map((count, index) => (count > 0 === wanted ? bar(count, index) : "")).join("");
  return (
    <svg
      width={counts.length * 5}
      height="16"
      role="img"
      aria-label="When they died, from the first to the last"
    >
      <path d={path(false)} stroke="var(--line-strong)" strokeWidth="3.5" />
      <path d={path(true)} stroke="var(--bad)" strokeWidth="3.5" />
    </svg>
  );
}
