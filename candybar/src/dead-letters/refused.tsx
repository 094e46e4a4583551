/** What the broker's admission turned away, with who sent it and why. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { quarantineQuery, REFUSED_AT_MOST } from "../api/queries.js";
import type { Quarantined } from "../api/schemas.js";
import { JsonTree } from "../event/json-tree.js";
import { Ago, Answer, EventType } from "../shell/parts.js";

/** A sender that is wrong is so a hundred times: what stands below is not pushed out of sight. */
const SHOWN = 5;

export function Refused() {
  const query = useQuery(quarantineQuery);
  const [shown, setShown] = useState(SHOWN);
  return (
    <Answer query={query} what="what was refused">
      {({ quarantined, total }) =>
        quarantined.length > 0 && (
          <section className="card" aria-label="Refused by the broker">
            <header>
              <span className="tag warn num">{total.toLocaleString()}</span>
              <h2>Refused by the broker</h2>
              <span className="dim">They broke their contract, and never were on the bus.</span>
            </header>
            <div className="body stack">
              {total > quarantined.length && (
                <p className="dim">
                  These are the newest {quarantined.length}. For all: <code>npx bb quarantine --all</code>
                </p>
              )}
              {quarantined.slice(0, shown).map((message) => (
                <Message key={message.id} message={message} />
              ))}
              {quarantined.length > shown && (
                <div>
                  <button type="button" className="button" onClick={() => setShown(REFUSED_AT_MOST)}>
                    {(quarantined.length - shown).toLocaleString()} more
                  </button>
                </div>
              )}
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
