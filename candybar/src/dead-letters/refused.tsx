/** What the broker's admission turned away, with who sent it and why. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { quarantineQuery, REFUSED_AT_MOST } from "../api/queries.js";
import type { Quarantined } from "../api/schemas.js";
import { JsonTree } from "../event/json-tree.js";
import { orMore } from "../shell/counted.js";
import { Ago, Answer, EventType } from "../shell/parts.js";

export function Refused() {
  const query = useQuery(quarantineQuery);
  return (
    <Answer query={query} what="what was refused">
      {({ quarantined }) =>
        quarantined.length > 0 && (
          <section className="card" aria-label="Refused by the broker">
            <header>
              <span className="tag warn num">{orMore(quarantined.length, REFUSED_AT_MOST)}</span>
              <h2>Refused by the broker</h2>
              <span className="dim">They broke their contract, and never were on the bus.</span>
            </header>
            <div className="body stack">
              {quarantined.length >= REFUSED_AT_MOST && (
                <p className="dim">
                  The oldest {REFUSED_AT_MOST} are shown. For more:{" "}
                  <code>npx bb quarantine --limit 10000</code>
                </p>
              )}
              {quarantined.toReversed().map((message) => (
                <Message key={message.id} message={message} />
              ))}
            </div>
          </section>
        )
      }
    </Answer>
  );
}

function Message({ message }: { message: Quarantined }) {
  const [open, setOpen] = useState(false);
  return (
    <div className="letter stack">
      <div className="row-gap">
        <EventType type={message.event_type} />
        <span className="dim">
          from {message.client || "an unknown client"},{" "}
          <Ago at={Date.parse(message.refused_at ?? "")} inWords />
        </span>
        <span className="spring" />
        <button type="button" className="button" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? "Hide" : "Inspect"}
        </button>
      </div>
      <p>{message.reason}</p>
      {open && (
        <>
          <ul>
            {message.violations.map((violation) => (
              <li key={`${violation.pointer} ${violation.message}`}>
                <code>{violation.pointer || "/"}</code> {violation.message}
              </li>
            ))}
          </ul>
          {message.event !== undefined && <JsonTree value={message.event} open={1} />}
        </>
      )}
    </div>
  );
}
