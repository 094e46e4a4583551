/** Two versions of a contract: what changed, what breaks for whom, and an event that shows it. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { contractDiffQuery, revisionsQuery } from "../api/queries.js";
import type { ContractDiff } from "../api/schemas.js";
import { JsonTree } from "../event/json-tree.js";
import { Answer } from "../shell/parts.js";

export function Versions({ eventType }: { eventType: string }) {
  const query = useQuery(revisionsQuery(eventType));
  return (
    <section className="card" aria-label="Versions">
      <header>
        <h2>Versions</h2>
      </header>
      <div className="body stack">
        <Answer query={query} what="the versions">
          {({ revisions }) =>
            revisions.length < 2 ? (
              <p className="dim">
                {revisions[0]?.name ?? "It"} is the only one. A further one is a file beside it:{" "}
                <code>bb schema new</code>
              </p>
            ) : (
              <Compared eventType={eventType} names={revisions.map(({ name }) => name)} />
            )
          }
        </Answer>
      </div>
    </section>
  );
}

function Compared({ eventType, names }: { eventType: string; names: readonly string[] }) {
  const asked = useSearch({ from: "/contracts/$eventType" });
  const navigate = useNavigate();
  const known = (name: string | undefined, other: string | undefined) =>
    name !== undefined && names.includes(name) ? name : (other ?? "");
  const from = known(asked.from, names.at(-2));
  const to = known(asked.to, names.at(-1));
  const compare = (pair: { from: string; to: string }) =>
    void navigate({ to: ".", search: (now) => ({ ...now, ...pair }), replace: true });
  const query = useQuery(contractDiffQuery(eventType, from, to));
  const choice = (label: string, value: string, set: (name: string) => void) => (
    <label className="row-gap">
      <span className="dim">{label}</span>
      <select className="field" value={value} onChange={(event) => set(event.target.value)}>
        {names.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
  return (
    <>
      <div className="row-gap">
        {choice("From", from, (name) => compare({ from: name, to }))}
        {choice("to", to, (name) => compare({ from, to: name }))}
      </div>
      <Answer query={query} what="the difference">
        {(diff) => <Difference diff={diff} />}
      </Answer>
    </>
  );
}

const SIGN: Readonly<Record<string, string>> = { added: "+", removed: "−", changed: "~" };

function Difference({ diff }: { diff: ContractDiff }) {
  const { changes, compatible, findings } = diff;
  if (changes.length === 0) return <p className="dim">They say the same.</p>;
  return (
    <>
      <p className={`said ${compatible ? "ok" : compatible === null ? "" : "bad"}`}>
        {compatible
          ? "Compatible: readers of either understand events of both."
          : compatible === null
            ? "Not shown to be compatible, and no event was found that shows the opposite."
            : "Breaking: an event of one is refused by readers of the other."}
      </p>
      <ul className="changes" aria-label="Changes">
        {changes.map((change) => (
          <li key={`${change.kind} ${change.pointer} ${change.message}`} className={change.kind}>
            <span aria-hidden="true">{SIGN[change.kind]}</span> <span className="sr">{change.kind}: </span>
            {change.message}
          </li>
        ))}
      </ul>
      {findings.map((finding) => (
        <div
          className="finding stack"
          key={`${finding.direction} ${finding.rule} ${finding.pointer} ${finding.message}`}
        >
          <div className="row-gap">
            <span className={`tag ${finding.verdict === "incompatible" ? "bad" : "warn"}`}>
              {finding.verdict === "incompatible" ? "breaks" : "undecided"}
            </span>
            <span>{whom(finding.direction, diff)}</span>
            <code className="dim">{finding.pointer}</code>
          </div>
          <p>{finding.message}</p>
          {finding.advice && <p className="dim">{finding.advice}</p>}
          {finding.witness !== undefined && (
            <details>
              <summary>
                An event of {finding.direction === "backward" ? diff.from : diff.to} that{" "}
                {finding.direction === "backward" ? diff.to : diff.from} refuses
              </summary>
              <JsonTree value={finding.witness} open={3} />
            </details>
          )}
        </div>
      ))}
    </>
  );
}

const whom = (direction: string, { from, to }: ContractDiff) =>
  direction === "backward"
    ? `readers of ${to}, by events of ${from}`
    : `readers of ${from}, by events of ${to}`;
