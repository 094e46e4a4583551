/** Who wants to know of commits. A listener that throws harms nobody else. */
export class Commits {
  readonly #listeners = new Set<(position: number) => void>();

  listen(listener: (position: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(position: number): void {
    for (const listener of this.#listeners) {
      try {
        listener(position);
      } catch (error) {
        process.emitWarning(error instanceof Error ? error : String(error));
      }
    }
  }
}
