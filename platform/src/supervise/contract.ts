/**
 * What the supervisor promises about the services that it starts.
 *
 *   stopped ──start──▶ starting ──connected──▶ running ──disconnected──▶ starting
 *      ▲                   └──────── ended ───────┴──▶ waiting ──pause over──▶ starting
 *      └──stop / close───────────────────────────────────┘          └── ended with 78 ──▶ failed
 *
 * Each service is a process of its own and ends with the platform, one that ignores SIGTERM by SIGKILL.
 */

export type ServiceState = "stopped" | "starting" | "running" | "waiting" | "failed";

export interface ServiceProcessStatus {
  readonly state: ServiceState;
  readonly pid: number | undefined;
  /** Since it is in this state; RFC 3339. */
  readonly since: string;
  /** How often it ended without being asked to. */
  readonly restarts: number;
  /** Why it ended last, or why it is not connected. */
  readonly reason: string | undefined;
  /** Of the process, where the system tells. */
  readonly memory_mb: number | undefined;
}

export interface LogLine {
  readonly at: string;
  readonly stream: "stdout" | "stderr";
  readonly line: string;
}
