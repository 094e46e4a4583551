/** How long events are kept, and in what form they leave and come back. */

export interface RetentionRule {
  /** Exact types or patterns; `["#"]` is everything. The first rule that matches a type decides for it. */
  readonly type: readonly string[];
  /** Days since receipt after which an event goes; absent: it stays. 0 is at once. */
  readonly max_age_days?: number;
}

export interface Retention {
  readonly rules: readonly RetentionRule[];
  /** When the store is larger, the oldest go until it is not, whatever the rules say. */
  readonly max_bytes?: number;
  /** Folder for what is deleted, as `*.ndjson.gz`; absent: `<dataDir>/archive`. `false`: nothing is archived. */
  readonly archive?: string | false;
  /** Only tell what would go. */
  readonly dry_run?: boolean;
  /** Milliseconds since the epoch; the clock's by default. */
  readonly now?: number;
}

export interface RetentionReport {
  readonly removed: number;
  readonly bytes: number;
  /** Archives that were written, synced before anything was deleted. */
  readonly archives: readonly string[];
  readonly dry_run: boolean;
}

export interface ImportReport {
  readonly lines: number;
  readonly stored: number;
  readonly duplicates: number;
  /** Lines of a backup that are no events: replays, checkpoints, and what retention left. Only a restore takes them. */
  readonly passed_over: number;
  /** Lines that are not an exported event, with the reason; the first 100. */
  readonly rejected: readonly { readonly line: number; readonly reason: string }[];
}

export interface Backup {
  readonly file: string;
  readonly position: number;
  readonly events: number;
  readonly bytes: number;
  readonly seconds: number;
}
