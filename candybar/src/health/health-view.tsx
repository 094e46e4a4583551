/** Whether the platform can be trusted right now, and if not, which part. */
import { useQuery } from "@tanstack/react-query";
import { readinessQuery } from "../api/queries.js";
import { JsonTree } from "../event/json-tree.js";
import "../event/event.css";
import { bytes } from "../shell/bytes.js";
import { Answer } from "../shell/parts.js";
import { duration } from "../shell/time.js";
import { ClusterCard } from "./cluster-card.js";
import { verdictOf } from "./verdict-of.js";

const WORDS = { ok: "well", warn: "look at it", bad: "not well" } as const;

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
                  <span className={`tag ${ready && !query.error ? "ok" : "bad"}`}>
                    {query.error ? "does not answer" : ready ? "ready" : `not ready: ${status}`}
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
              <ClusterCard />
              <div className="grid">
                {[...parts, ...deep].map(([name, check]) => {
                  const how = query.error ? "unknown" : verdictOf(check);
                  return (
                    <section className="card" key={name}>
                      <header>
                        <h3>{name.replaceAll("_", " ")}</h3>
                        {how !== "unknown" && <span className={`tag ${how}`}>{WORDS[how]}</span>}
                      </header>
                      <div className="body">
                        {check !== null && typeof check === "object" ? (
                          <dl className="facts num">
                            {Object.entries(summed(check))
                              .filter(([fact]) => fact !== "status")
                              .map(([fact, value]) => (
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

/** `running: 5, of: 6` is one fact, and not two. */
function summed(check: object): Record<string, unknown> {
  const { of, ...rest } = check as Record<string, unknown>;
  return of === undefined ? rest : { ...rest, running: `${rest.running} of ${of}` };
}

/** `uptime_seconds 335` is no way to tell a person. */
function told(name: string, value: unknown): readonly [string, string] {
  const label = name.replaceAll("_", " ");
  if (typeof value !== "number") return [label, String(value ?? "—")];
  const unit = /^(.*) (seconds|ms|mb|gb)$/.exec(label);
  const [, plain = label, kind] = unit ?? [];
  if (kind === "seconds") return [plain, duration(value * 1000)];
  if (kind === "ms") return [plain, duration(value)];
  if (kind !== undefined) return [plain, bytes(value * (kind === "mb" ? 1e6 : 1e9))];
  return [label, value.toLocaleString()];
}

function Fact({ name, value }: { name: string; value: unknown }) {
  const [label, text] = told(name, value);
  return (
    <>
      <dt>{label}</dt>
      <dd>{isFlat(value) ? text : <JsonTree value={value} open={1} />}</dd>
    </>
  );
}
