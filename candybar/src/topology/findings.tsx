/** Where declared and observed differ: what is wrong first, and what is only worth knowing folded by its kind. */
import type { Topology } from "../api/schemas.js";

type Finding = Topology["findings"][number];

const KINDS: Readonly<Record<string, string>> = {
  NOBODY_CONSUMES: "published, and consumed by no service",
  NOBODY_PRODUCES: "published, and declared by no service",
  UNDECLARED_PRODUCER: "publishing, and not in the registry",
};
const ORDER = ["error", "warning", "info"];
const TONE: Readonly<Record<string, string>> = { error: "bad", warning: "warn" };

interface Props {
  findings: readonly Finding[];
  /** Whether something is marked in the drawing. */
  odd: boolean;
  look: (subject: string) => void;
}

export function Findings({ findings, odd, look }: Props) {
  const loud = findings
    .filter(({ severity }) => severity !== "info")
    .sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
  const quiet = new Map<string, Finding[]>();
  for (const finding of findings)
    if (finding.severity === "info") quiet.set(finding.code, [...(quiet.get(finding.code) ?? []), finding]);
  return (
    <aside className="findings" aria-label="Declared against observed">
      <h2>Declared against observed</h2>
      {findings.length === 0 && (
        <p className="dim">
          {odd ? "What is marked is planned, or runs elsewhere." : "Everything is as it is declared."}
        </p>
      )}
      <ul>
        {loud.map((finding) => (
          <Line key={`${finding.code} ${finding.subject} ${finding.message}`} finding={finding} look={look} />
        ))}
      </ul>
      {[...quiet].map(([code, all]) => (
        <details key={code}>
          <summary>
            <span className="tag num">{all.length}</span>{" "}
            {KINDS[code] ?? code.toLowerCase().replaceAll("_", " ")}
          </summary>
          <ul>
            {all.map((finding) => (
              <Line key={`${finding.subject} ${finding.message}`} finding={finding} look={look} />
            ))}
          </ul>
        </details>
      ))}
    </aside>
  );
}

function Line({ finding, look }: { finding: Finding; look: (subject: string) => void }) {
  const { severity, message, hint, subject } = finding;
  return (
    <li>
      <button type="button" onClick={() => look(subject)}>
        {severity !== "info" && <span className={`tag ${TONE[severity] ?? ""}`}>{severity}</span>} {message}
        {hint && <span className="dim"> {hint}</span>}
      </button>
    </li>
  );
}
