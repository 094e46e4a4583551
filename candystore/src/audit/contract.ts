/**
 * The hash chain: each event's link is SHA-256 over the link before it and the digest of everything stored of the
 * event. An event that retention removed leaves its digest, so the chain goes on over it.
 */

/** A link of the chain, to be kept somewhere else: who has it can tell a chain that was rewritten as a whole. */
export interface Checkpoint {
  readonly position: number;
  /** Hex. */
  readonly hash: string;
  readonly at: string;
}

export interface AuditReport {
  readonly intact: boolean;
  /** Events whose bytes were hashed again. */
  readonly verified: number;
  /** Events removed by retention, proven by the digest that they left. */
  readonly removed: number;
  readonly checkpoints: number;
  /** The last position of the chain and its link; compare it with a copy kept elsewhere. */
  readonly head: Checkpoint;
  /** The first place where the record was tampered with; everything before it is proven. */
  readonly broken?: {
    readonly position: number;
    readonly event_id?: string;
    readonly kind: "altered" | "removed" | "inserted" | "checkpoint";
    readonly message: string;
  };
}
