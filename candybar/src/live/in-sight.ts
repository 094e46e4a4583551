/** Which rows of a scrolled list are in sight, all of one height, so that only these exist. */
import { type RefObject, useLayoutEffect, useState } from "react";

/** Below this width a row takes two lines; live.css says the same of its container. */
const NARROW = 480;
/** Rows beyond each edge, for a browser that scrolls before the page has drawn. */
const BEYOND = 4;

export interface InSight {
  readonly first: number;
  /** The first one that is not. */
  readonly end: number;
  /** Of one row, in pixels. */
  readonly height: number;
}

/** `look` is to be called when the list was scrolled; its size is watched. */
export function useInSight(box: RefObject<HTMLElement | null>): InSight & { look: () => void } {
  const [sight, setSight] = useState<InSight>({ first: 0, end: 0, height: 34 });
  const look = () => {
    if (!box.current) return;
    const { clientWidth, clientHeight, scrollTop } = box.current;
    const height = clientWidth < NARROW ? 56 : 34;
    const first = Math.max(0, Math.floor(scrollTop / height) - BEYOND);
    const end = Math.ceil((scrollTop + clientHeight) / height) + BEYOND;
    setSight((old) =>
      old.first === first && old.end === end && old.height === height ? old : { first, end, height },
    );
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: `look` reads nothing but the box
  useLayoutEffect(() => {
    if (!box.current) return;
    look();
    const observer = new ResizeObserver(look);
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return { ...sight, look };
}
