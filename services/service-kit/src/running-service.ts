/** A service that was made and not started yet; its process, or a test, starts and closes it. */
export interface RunningService {
  /** Whether every connection of it stands now: events come in and can go out. */
  readonly connected: boolean;
  /** Resolves when connected; waits for the broker patiently. */
  start(): Promise<void>;
  /** Takes nothing more, finishes what it has, and disconnects. */
  close(): Promise<void>;
}
