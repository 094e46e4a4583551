/** The catalog on the left, one contract on the right. */
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { catalogQuery } from "../api/queries.js";
import { matches } from "../shell/matches.js";
import { Answer, Empty, EventType } from "../shell/parts.js";
import "./contracts.css";

export function ContractsView() {
  const query = useQuery(catalogQuery);
  const { eventType } = useParams({ strict: false }) as { eventType?: string };
  const [text, setText] = useState("");
  return (
    <Answer query={query} what="the catalog">
      {({ contracts }) => {
        const types = [...new Map(contracts.map((c) => [c.event_type, c])).values()].filter((c) =>
          matches(`${c.event_type} ${c.title} ${c.description} ${c.owner}`, text),
        );
        return (
          <div className={`split${eventType ? " open" : ""}`}>
            <nav className="side catalog" aria-label="Contracts">
              <div className="catalog-head">
                <h1>Contracts</h1>
                <input
                  className="field"
                  type="search"
                  aria-label="Find a contract"
                  placeholder={`Find among ${contracts.length}`}
                  value={text}
                  onChange={(event) => setText(event.target.value)}
                />
              </div>
              <ul>
                {types.map((c) => (
                  <li key={c.event_type}>
                    <Link
                      to="/contracts/$eventType"
                      params={{ eventType: c.event_type }}
                      aria-current={c.event_type === eventType ? "page" : undefined}
                    >
                      <span className="clip">
                        <EventType type={c.event_type} />
                      </span>
                      <span className="tag">{c.version}</span>
                    </Link>
                  </li>
                ))}
              </ul>
            </nav>
            <div className="content">
              {eventType ? (
                <Outlet />
              ) : (
                <Empty title="Choose a contract.">
                  <p>
                    It says what an event must look like, with examples that can be published and a validator.
                  </p>
                </Empty>
              )}
            </div>
          </div>
        );
      }}
    </Answer>
  );
}
