/** What could not be handled, grouped by why, with the acts that put it right. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { post } from "../api/http.js";
import { deadLettersQuery } from "../api/queries.js";
import type { DeadLetter } from "../api/schemas.js";
import { JsonTree } from "../event/json-tree.js";
import "../event/event.css";
import { Confirm } from "../shell/confirm.js";
import { Ago, Answer, Empty, EventType } from "../shell/parts.js";
import { Acts } from "./acts.js";
import { type Group, groupByCause } from "./groups.js";
import { Refused } from "./refused.js";
import { done, Repair } from "./repair.js";
import "../contracts/contracts.css";

export function DeadLettersView() {
  const query = useQuery(deadLettersQuery);
  return (
    <div className="page">
      <div className="page-head">
        <h1>Dead letters</h1>
        <p>Messages that were set aside after the last retry, grouped by cause.</p>
      </div>
      <Answer query={query} what="the dead letters">
        {({ dead_letters: letters }) =>
          letters.length === 0 ? (
            <Empty title="No dead letters.">
              <p>When a service fails on an event after all retries, it is kept here with the reason.</p>
            </Empty>
          ) : (
            <div className="stack">
              {groupByCause(letters).map((group) => (
                <GroupCard key={group.key} group={group} />
              ))}
            </div>
          )
        }
      </Answer>
      <div className="stack after">
        <Refused />
        <Acts />
      </div>
    </div>
  );
}

function GroupCard({ group }: { group: Group }) {
  const client = useQueryClient();
  const [asking, setAsking] = useState<"redrive" | "discard">();
  const [open, setOpen] = useState(false);
  const ids = group.letters.map((letter) => letter.id);
  const act = useMutation({
    mutationFn: (order: { act: "redrive" | "discard"; reason: string }) =>
      post(done, `/api/v1/dead-letters/${order.act}`, { ids, reason: order.reason || undefined }),
    onSettled: () => client.invalidateQueries({ queryKey: ["dead-letters"] }),
  });
  const count = `${ids.length.toLocaleString()} ${ids.length === 1 ? "message" : "messages"}`;
  return (
    <section className="card" data-group={group.key}>
      <header>
        <span className="tag bad num">{ids.length.toLocaleString()}</span>
        <EventType type={group.eventType} />
        <code className="dim">{group.queue}</code>
        <span className="spring" />
        <button
          type="button"
          className="button"
          disabled={act.isPending}
          onClick={() => setAsking("redrive")}
        >
          Redrive {ids.length > 1 ? "all" : ""}
        </button>
        <button
          type="button"
          className="button danger"
          disabled={act.isPending}
          onClick={() => setAsking("discard")}
        >
          Discard
        </button>
      </header>
      <div className="body stack">
        <p>
          {group.code && <span className="tag">{group.code}</span>} {group.reason}
        </p>
        <div className="row-gap dim">
          <Trend counts={group.trend} />
          <span>
            last <Ago at={group.last} />, first <Ago at={group.first} />
          </span>
          <button type="button" className="button" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? "Hide" : "Inspect"}
          </button>
        </div>
        {act.error && <p className="said bad">{act.error.message}</p>}
        {open && group.letters.slice(0, 50).map((letter) => <Letter key={letter.id} letter={letter} />)}
        {open && group.letters.length > 50 && <p className="dim">The first 50 of {count} are shown.</p>}
      </div>
      {asking && (
        <Confirm
          title={
            asking === "redrive" ? `Send ${count} back to ${group.queue}?` : `Discard ${count} for good?`
          }
          detail={
            asking === "redrive"
              ? "Each is handled again, with the same event id. Effects that are not deduplicated happen again."
              : "The events stay in the history; only these deliveries are given up."
          }
          act={asking === "redrive" ? "Redrive" : "Discard"}
          danger={asking === "discard"}
          reason={asking === "discard"}
          close={() => setAsking(undefined)}
          confirm={(reason) => act.mutate({ act: asking, reason })}
        />
      )}
    </section>
  );
}

function Letter({ letter }: { letter: DeadLetter }) {
  const [editing, setEditing] = useState(false);
  return (
    <div className="letter stack">
      <div className="row-gap">
        {letter.event_id && (
          <Link to="/events/$eventId" params={{ eventId: letter.event_id }}>
            <code>{letter.event_id}</code>
          </Link>
        )}
        <span className="dim num">{letter.attempts} attempts</span>
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
      {letter.stack && <pre className="snippet">{letter.stack}</pre>}
      {editing ? (
        <Repair letter={letter} />
      ) : (
        letter.event !== undefined && <JsonTree value={letter.event} open={1} />
      )}
    </div>
  );
}

/** When they came, oldest first. */
function Trend({ counts }: { counts: readonly number[] }) {
  const peak = Math.max(1, ...counts);
  const bars = counts.map(
    (count, index) => `M${index * 5 + 2} 16v-${count === 0 ? 1 : 2 + (count / peak) * 14}`,
  );
  return (
    <svg width={counts.length * 5} height="16" aria-hidden="true">
      <path d={bars.join("")} stroke="var(--bad)" strokeWidth="3.5" />
    </svg>
  );
}
