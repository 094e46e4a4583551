/** Thousands of rows, of which only the visible ones exist. */
import { Link } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";
import { Ago, EventType } from "../shell/parts.js";
import { clock, local, utc } from "../shell/time.js";
import type { LiveFilter } from "./live-stream.js";
import type { EventSummary } from "./summary.js";

/** Below this width a row takes two lines; live.css says the same of its container. */
const NARROW = 480;

interface Props {
  rows: readonly EventSummary[];
  selected: string | undefined;
  filter: LiveFilter;
  toTop: RefObject<() => void>;
  onAway: (away: boolean) => void;
  onEnd: () => void;
  tail: string;
}

export function EventList({ rows, selected, filter, toTop, onAway, onEnd, tail }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [tall, setTall] = useState(false);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => (tall ? 56 : 34),
    getItemKey: (index) => rows[index]?.position ?? index,
    overscan: 8,
  });
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = () => setTall(element.clientWidth < NARROW);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the heights follow from `tall`
  useEffect(() => virtual.measure(), [tall]);
  toTop.current = () => box.current?.scrollTo({ top: 0 });

  // Follow the keyboard's selection, but not what merely moves down because something new came.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new selection scrolls
  useEffect(() => {
    const index = rows.findIndex((row) => row.id === selected);
    if (index >= 0) virtual.scrollToIndex(index, { align: "auto" });
  }, [selected]);

  return (
    <section
      className="rows"
      ref={box}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      aria-label="Events, newest first"
      onScroll={(event) => {
        const element = event.currentTarget;
        onAway(element.scrollTop > 8);
        if (element.scrollHeight - element.scrollTop - element.clientHeight < 600) onEnd();
      }}
    >
      <ol style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index];
          return (
            row && (
              <li key={item.key} style={{ transform: `translateY(${item.start}px)`, height: item.size }}>
                <Row row={row} selected={row.id === selected} filter={filter} />
              </li>
            )
          );
        })}
      </ol>
      <p className="tail dim">{tail}</p>
    </section>
  );
}

const Row = memo(function Row({
  row,
  selected,
  filter,
}: {
  row: EventSummary;
  selected: boolean;
  filter: LiveFilter;
}) {
  return (
    <Link
      to="/events/$eventId"
      params={{ eventId: row.id }}
      search={filter}
      className={`row${row.valid ? "" : " invalid"}`}
      aria-current={selected ? "true" : undefined}
      preload={false}
    >
      <span className="when num mono" title={`${local(row.at)}\n${utc(row.at)}`}>
        {clock(row.at)}
      </span>
      <span className="what clip">
        <EventType type={row.type} />
      </span>
      <span className="says clip">
        {!row.valid && <span className="tag bad">invalid</span>}
        {row.doubtful && <span className="tag warn">doubtful</span>} {row.text}
      </span>
      <span className="from clip dim">{row.source}</span>
      <span className="since dim">
        <Ago at={row.at} />
      </span>
    </Link>
  );
});
