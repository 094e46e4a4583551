/** Whether the platform can be trusted right now, and if not, which part. */
import { useQuery } from "@tanstack/react-query";
import { readinessQuery } from "../api/queries.js";
import { JsonTree } from "../event/json-tree.js";
import "../event/event.css";
import { Answer } from "../shell/parts.js";
import { verdictOf } from "./verdict-of.js";

const isFlat = (value: unknown) => value === null || typeof value !== "object";

export function HealthView() {
  const query = useQuery(readinessQuery);
  return (
    <div className="page">
      <div className="page-head">
        <h1>Health</h1>
        <p>What the platform says about its parts, asked every three seconds.</p>
      </div>
      <Answer query={query} what="the health">
        {({ ready, facts }) => {
          const { checks, status, ...rest } = facts;
          const parts = checks && typeof checks === "object" ? Object.entries(checks) : [];
          const plain = Object.entries(rest).filter(([, value]) => isFlat(value));
          const deep = Object.entries(rest).filter(([, value]) => !isFlat(value));
          return (
            <>
              <section className="card">
                <header>
                  <h3>Platform</h3>
                  <span className={`tag ${ready ? "ok" : "bad"}`}>
                    {ready ? "ready" : `not ready: ${status}`}
                  </span>
                </header>
                {plain.length > 0 && (
                  <div className="body">
                    <dl className="facts num">
                      {plain.map(([name, value]) => (
                        <Fact key={name} name={name} value={value} />
                      ))}
                    </dl>
                  </div>
                )}
              </section>
              <div className="grid">
                {[...parts, ...deep].map(([name, check]) => {
                  const how = verdictOf(check);
                  return (
                    <section className="card" key={name}>
                      <header>
                        <h3>{name.replaceAll("_", " ")}</h3>
                        {how !== "unknown" && (
                          <span className={`tag ${how}`}>{how === "ok" ? "well" : "not well"}</span>
                        )}
                      </header>
                      <div className="body">
                        {check !== null && typeof check === "object" ? (
                          <dl className="facts num">
                            {Object.entries(check).map(([fact, value]) => (
                              <Fact key={fact} name={fact} value={value} />
                            ))}
                          </dl>
                        ) : (
                          String(check)
                        )}
                      </div>
                    </section>
                  );
                })}
              </div>
            </>
          );
        }}
      </Answer>
    </div>
  );
}

function Fact({ name, value }: { name: string; value: unknown }) {
  return (
    <>
      <dt>{name.replaceAll("_", " ")}</dt>
      <dd>{isFlat(value) ? String(value ?? "—") : <JsonTree value={value} open={1} />}</dd>
    </>
  );
}
