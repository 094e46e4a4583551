/** Thousands of rows, of which only those in sight exist. A row is as little as can be: under load all change at once. */
import { useRouter } from "@tanstack/react-router";
import { type MouseEvent, memo, type RefObject, useEffect, useRef, useState } from "react";
import { EventType } from "../shell/parts.js";
import { ago, clock, local, useNow, utc } from "../shell/time.js";
import { useInSight } from "./in-sight.js";
import type { LiveFilter } from "./live-stream.js";
import { RowElements } from "./row-elements.js";
import type { EventSummary } from "./summary.js";

interface Props {
  rows: readonly EventSummary[];
  selected: string | undefined;
  filter: LiveFilter;
  toTop: RefObject<() => void>;
  onAway: (away: boolean) => void;
  /** While a row is pressed it must not move: what is released over another row is no click. */
  onPress: (pressed: boolean) => void;
  onEnd: () => void;
  tail: string;
}

export function EventList({ rows, selected, filter, toTop, onAway, onPress, onEnd, tail }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLOListElement>(null);
  const [elements] = useState(() => new RowElements());
  const { first, end, height, look } = useInSight(box);
  const router = useRouter();
  const now = useNow();
  toTop.current = () => box.current?.scrollTo({ top: 0 });

  // Follow the keyboard's selection, but not what merely moves down because something new came.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new selection scrolls
  useEffect(() => {
    const index = rows.findIndex((row) => row.id === selected);
    if (index < 0 || !box.current) return;
    const { scrollTop, clientHeight } = box.current;
    const top = index * height;
    box.current.scrollTop = Math.min(top, Math.max(scrollTop, top + height - clientHeight));
  }, [selected]);

  const shown = rows.slice(first, end);
  const inUse = list.current?.matches(":focus-within, :active") ?? false;
  const keys = elements.keysFor(
    shown.map(({ position }) => position),
    inUse,
  );
  const { searchStr } = router.buildLocation({ to: "/", search: filter });

  /** A click without anything else goes there within the page; all else is the browser's, as with any link. */
  const follow = (event: MouseEvent) => {
    const href = (event.target as Element).closest("a")?.getAttribute("href");
    if (!href || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
      return;
    event.preventDefault();
    void router.navigate({ href });
  };

  const press = () => {
    const ended = new AbortController();
    const release = () => {
      ended.abort();
      setTimeout(() => onPress(false)); // the click comes after this
    };
    for (const end of ["pointerup", "pointercancel"])
      addEventListener(end, release, { signal: ended.signal });
    onPress(true);
  };

  return (
    <section
      className="rows"
      ref={box}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      aria-label="Events, newest first"
      onScroll={(event) => {
        const element = event.currentTarget;
        look();
        onAway(element.scrollTop > 8);
        if (element.scrollHeight - element.scrollTop - element.clientHeight < 600) onEnd();
      }}
    >
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: Enter on a link is a click as well */}
      <ol
        ref={list}
        onClick={follow}
        onPointerDown={press}
        style={{ height: rows.length * height, paddingTop: first * height }}
      >
        {shown.map((row, index) => (
          <Row
            key={keys[index]}
            row={row}
            height={height}
            selected={row.id === selected}
            search={searchStr}
            passed={ago(row.at, Math.max(now, row.at))}
          />
        ))}
      </ol>
      <p className="tail dim">{tail}</p>
    </section>
  );
}

const Row = memo(function Row({
  row,
  height,
  selected,
  search,
  passed,
}: {
  row: EventSummary;
  height: number;
  selected: boolean;
  search: string;
  passed: string;
}) {
  return (
    <li style={{ height }}>
      <a
        href={`/events/${encodeURIComponent(row.id)}${search}`}
        className={row.valid ? "row" : "row invalid"}
        aria-current={selected ? "true" : undefined}
      >
        <time className="when num mono" dateTime={utc(row.at)} title={`${local(row.at)}\n${utc(row.at)}`}>
          {clock(row.at)}
        </time>
        <EventType type={row.type} />
        <span className="says">
          {!row.valid && <span className="tag bad">invalid</span>}
          {row.doubtful && <span className="tag warn">doubtful</span>}
          {row.valid && !row.doubtful ? row.text : ` ${row.text}`}
        </span>
        <span className="from dim">{row.source}</span>
        <span className="since num dim">{passed}</span>
      </a>
    </li>
  );
});
