/**
 * Which element shows which event, as React's keys.
 *
 * An event keeps its element as long as it is in sight: focus, a press and selected text move with it. Where every event
 * in sight is another than before, the elements stay and their texts change, which costs the browser half as much as new
 * elements: under load this is every batch. Not so while somebody is at one of them: an element that has the focus
 * or is pressed never becomes another event's.
 */
export class RowElements {
  #keys = new Map<number, number>();
  #next = 0;

  /** @param positions of the events in sight, as they stand */
  keysFor(positions: readonly number[], inUse: boolean): readonly number[] {
    const known = this.#keys;
    const free = inUse || positions.some((position) => known.has(position)) ? [] : [...known.values()];
    this.#keys = new Map(
      positions.map((position, index) => [position, known.get(position) ?? free[index] ?? this.#next++]),
    );
    return [...this.#keys.values()];
  }
}
