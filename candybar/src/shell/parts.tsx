/** Small parts that all views share: an event type, a time, a text to copy, and the states of a view. */
import { type CSSProperties, Fragment, memo, type ReactNode, useState } from "react";
import { ApiError } from "../api/http.js";
import { hueOf } from "./domain.js";
import { SignIn } from "./sign-in.js";
import { ago, local, useNow, utc } from "./time.js";

export const hued = (eventType: string) => ({ "--hue": hueOf(eventType) }) as CSSProperties;

export const EventType = memo(function EventType({ type }: { type: string }) {
  const dot = type.indexOf(".");
  return (
    <span className="type hued" style={hued(type)}>
      <span className="domain">{dot < 0 ? type : type.slice(0, dot)}</span>
      {dot < 0 ? "" : type.slice(dot)}
    </span>
  );
});

/** A long name that may go on in the next line after a dot or an underscore, and not in the middle of a word. */
export const Breakable = ({ name }: { name: string }) =>
  name.split(/(?<=[._/@])/).map((part, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a part is its place
    <Fragment key={index}>
      {part}
      <wbr />
    </Fragment>
  ));

/** Relative; local and UTC on hover and for screen readers' title. `inWords` reads on in a sentence: "3 s ago". */
export function Ago({ at, inWords = false }: { at: number; inWords?: boolean }) {
  const now = useNow();
  if (Number.isNaN(at)) return <span className="dim">—</span>;
  const passed = ago(at, Math.max(now, at));
  return (
    <time className="num" dateTime={utc(at)} title={`${local(at)}\n${utc(at)}`}>
      {!inWords ? passed : passed === "now" ? "just now" : `${passed} ago`}
    </time>
  );
}

export function CopyButton({
  text,
  children = "Copy",
}: {
  text: string | (() => string);
  children?: ReactNode;
}) {
  const [said, setSaid] = useState<"" | "Copied" | "Not allowed">("");
  const copy = async () => {
    const value = typeof text === "string" ? text : text();
    setSaid(
      await navigator.clipboard.writeText(value).then(
        () => "Copied" as const,
        () => "Not allowed" as const,
      ),
    );
    setTimeout(() => setSaid(""), 1500);
  };
  return (
    <button type="button" className="button" onClick={copy}>
      <span aria-live="polite">{said || children}</span>
    </button>
  );
}

export function Snippet({ text }: { text: string }) {
  return (
    <pre className="snippet">
      <code>{text}</code>
      <CopyButton text={text} />
    </pre>
  );
}

const FlatLine = ({ beat }: { beat: boolean }) => (
  <svg
    className="mark"
    viewBox="0 0 72 28"
    aria-hidden="true"
    fill="none"
    stroke="currentColor"
    strokeWidth="2"
  >
    <path
      d={beat ? "M1 15h20l5-9 7 19 6-22 6 18 3-6h23" : "M1 15h70"}
      strokeLinejoin="round"
      strokeLinecap="round"
    />
  </svg>
);

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="state">
      <FlatLine beat={true} />
      <h3>{title}</h3>
      {children}
    </div>
  );
}

export function Loading({ what }: { what: string }) {
  return (
    <div className="state" role="status">
      <p className="dim">Loading {what}…</p>
    </div>
  );
}

export function Failed({ error, retry }: { error: Error; retry?: (() => void) | undefined }) {
  const hint = error instanceof ApiError ? error.hint : "";
  return (
    <div className="state bad" role="alert">
      <FlatLine beat={false} />
      <h3>{error.message}</h3>
      {hint && <p>{hint}</p>}
      {error instanceof ApiError && <code className="dim">{error.code}</code>}
      {error instanceof ApiError && error.status === 401 && (
        <SignIn className="button primary">Sign in</SignIn>
      )}
      {retry && (
        <button type="button" className="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** What a query has to show: its data, or why there is none. An old answer is kept while new attempts fail. */
export function Answer<T>({
  query,
  what,
  children,
}: {
  query: { data: T | undefined; error: Error | null; refetch: () => unknown };
  what: string;
  children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) {
    // That nothing answers at all is said once, above every view.
    const told = query.error instanceof ApiError && query.error.code === "UNREACHABLE";
    return (
      <>
        {query.error && !told && (
          <p className="banner warn" role="status">
            {query.error.message} What you see may be old.
          </p>
        )}
        {children(query.data)}
      </>
    );
  }
  if (query.error) return <Failed error={query.error} retry={() => query.refetch()} />;
  return <Loading what={what} />;
}
