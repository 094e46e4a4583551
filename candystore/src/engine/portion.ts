/** How many events are read at once: as many as have some megabytes, as far as the last ones tell. */
export class Portion {
  readonly #most: number;
  readonly #bytes: number;
  #size: number;

  /**
   * @param most events, however small they are
   * @param bytes that they are meant to have
   * @param first events, until it is known how large they are
   */
  constructor({
    most,
    bytes,
    first,
  }: { readonly most: number; readonly bytes: number; readonly first: number }) {
    this.#most = most;
    this.#bytes = bytes;
    this.#size = Math.min(most, first);
  }

  get size(): number {
    return this.#size;
  }

  /** What the last ones were, by their bodies. */
  tookRows(rows: readonly { readonly body: Uint8Array }[]): void {
    this.took(
      rows.length,
      rows.reduce((sum, { body }) => sum + body.byteLength, 0),
    );
  }

  /** What the last ones were. */
  took(events: number, bytes: number): void {
    if (bytes > 0)
      this.#size = Math.min(
        this.#most,
        this.#size * 4,
        Math.max(1, Math.floor((this.#bytes * events) / bytes)),
      );
  }
}
