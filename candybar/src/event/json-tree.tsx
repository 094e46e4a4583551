/** JSON to read: folded where it is long, whole where it is short, and never more of it in the page than is looked at. */
import { useState } from "react";
import { CopyButton } from "../shell/parts.js";

const STEP = 50;

/** `open`: how many levels are unfolded at first. */
export function JsonTree({ value, open = 2 }: { value: unknown; open?: number }) {
  return (
    <div className="json mono">
      <CopyButton text={() => JSON.stringify(value, null, 2)} />
      <Value value={value} depth={0} open={open} />
    </div>
  );
}

function Value({ value, depth, open }: { value: unknown; depth: number; open: number }) {
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value);
    if (entries.length === 0) return <span className="j-empty">{Array.isArray(value) ? "[ ]" : "{ }"}</span>;
    return <Members entries={entries} depth={depth} open={open} />;
  }
  return <Leaf value={value} />;
}

function Members({ entries, depth, open }: { entries: [string, unknown][]; depth: number; open: number }) {
  const [shown, setShown] = useState(STEP);
  return (
    <ul>
      {entries.slice(0, shown).map(([name, value]) => (
        <li key={name}>
          <Member name={name} value={value} depth={depth} open={open} />
        </li>
      ))}
      {entries.length > shown && (
        <li>
          <button type="button" className="button" onClick={() => setShown(shown + STEP * 4)}>
            {(entries.length - shown).toLocaleString()} more
          </button>
        </li>
      )}
    </ul>
  );
}

function Member({ name, value, depth, open }: { name: string; value: unknown; depth: number; open: number }) {
  const branch = value !== null && typeof value === "object" && Object.keys(value).length > 0;
  const size = branch ? Object.keys(value).length : 0;
  const [unfolded, setUnfolded] = useState(depth + 1 < open && size <= 12);
  if (!branch) {
    return (
      <span className="j-leaf">
        <span className="j-name">{name}</span> <Value value={value} depth={depth + 1} open={open} />
      </span>
    );
  }
  return (
    <>
      <button
        type="button"
        className="j-fold"
        aria-expanded={unfolded}
        onClick={() => setUnfolded(!unfolded)}
      >
        <span className="j-name">{name}</span>{" "}
        <span className="j-size">
          {Array.isArray(value) ? `[ ${size} ]` : `{ ${size} }`} {!unfolded && <Glimpse value={value} />}
        </span>
      </button>
      {unfolded && <Value value={value} depth={depth + 1} open={open} />}
    </>
  );
}

/** What is inside a folded branch, in a few words. */
function Glimpse({ value }: { value: object }) {
  const text = Array.isArray(value)
    ? value.every((item) => typeof item !== "object")
      ? value.slice(0, 8).join(", ")
      : ""
    : Object.keys(value).slice(0, 6).join(", ");
  return <span className="dim">{text}</span>;
}

function Leaf({ value }: { value: unknown }) {
  const [whole, setWhole] = useState(false);
  if (typeof value === "string") {
    const long = value.length > 240 && !whole;
    return (
      <span className="j-string">
        {long ? `${value.slice(0, 220)}… ` : value === "" ? '""' : value}
        {long && (
          <button type="button" className="button" onClick={() => setWhole(true)}>
            all {value.length.toLocaleString()} characters
          </button>
        )}
      </span>
    );
  }
  return <span className={value === null ? "j-null" : "j-scalar"}>{String(value)}</span>;
}
