/** Who did what: redrives, edits, discards and replays, from the history itself. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { actsQuery } from "../api/queries.js";
import type { StoredEvent } from "../api/schemas.js";
import { counted } from "../shell/counted.js";
import { Ago, Answer, EventType } from "../shell/parts.js";

export function Acts() {
  const query = useQuery(actsQuery);
  return (
    <Answer query={query} what="what was done">
      {({ events }) =>
        events.length > 0 && (
          <section className="card" aria-label="Who did what">
            <header>
              <h2>Who did what</h2>
            </header>
            <ul className="body stack acts">
              {events.map((act) => (
                <li key={act.event_id} className="row-gap">
                  <Link to="/events/$eventId" params={{ eventId: act.event_id }}>
                    <EventType type={act.event_type} />
                  </Link>
                  <span>{inWords(act)}</span>
                  <span className="dim">
                    <Ago at={Date.parse(act.received_at)} inWords />
                  </span>
                </li>
              ))}
            </ul>
          </section>
        )
      }
    </Answer>
  );
}

function inWords({ event }: StoredEvent): string {
  const { payload } = (event ?? {}) as { payload?: Record<string, unknown> };
  const { actor, count, queue, reason } = payload ?? {};
  const messages = typeof count === "number" ? counted(count, "message", "messages") : "";
  return [
    actor ? `by ${actor}` : "",
    [messages, queue ? `of ${queue}` : ""].filter(Boolean).join(" "),
    reason ? `“${reason}”` : "",
  ]
    .filter(Boolean)
    .join(", ");
}
