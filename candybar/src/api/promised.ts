/**
 * What the OpenAPI document promises and what the page's checks expect must be the same thing. This file holds no
 * code: it does not compile when an answer that the document describes would be turned away by its check.
 */
import type * as z from "zod/mini";
import type { components } from "./openapi.js";
import type * as checks from "./schemas.js";

type Promised = components["schemas"];
type Accepts<Check extends z.ZodMiniType, Answer> = Answer extends z.input<Check> ? true : Answer;
type Holds<Verdicts extends Record<string, true>> = Verdicts;

export type PageAndDocumentAgree = Holds<{
  StoredEvent: Accepts<typeof checks.storedEvent, Promised["StoredEvent"]>;
  Page: Accepts<typeof checks.page, Promised["Page"]>;
  Trace: Accepts<typeof checks.trace, Promised["Trace"]>;
  TraceLetters: Accepts<typeof checks.traceLetters, Promised["Trace"]>;
  Services: Accepts<typeof checks.services, Promised["Services"]>;
  Topology: Accepts<typeof checks.topology, Promised["Topology"]>;
  DeadLetters: Accepts<typeof checks.deadLetters, Promised["DeadLetters"]>;
  Replay: Accepts<typeof checks.replay, Promised["Replay"]>;
  Replays: Accepts<typeof checks.replays, Promised["Replays"]>;
  Contract: Accepts<typeof checks.contract, Promised["Contract"]>;
  Catalog: Accepts<typeof checks.catalog, Promised["Catalog"]>;
  Verdict: Accepts<typeof checks.verdict, Promised["Verdict"]>;
  LetterGroups: Accepts<typeof checks.letterGroups, Promised["LetterGroups"]>;
  Quarantine: Accepts<typeof checks.quarantine, Promised["Quarantine"]>;
  Redrives: Accepts<typeof checks.redrives, Promised["Redrives"]>;
  Revisions: Accepts<typeof checks.revisions, Promised["Revisions"]>;
  ContractDiff: Accepts<typeof checks.contractDiff, Promised["ContractDiff"]>;
  Cluster: Accepts<typeof checks.cluster, Promised["Cluster"]>;
  Readiness: Accepts<typeof checks.readiness, Promised["Readiness"]>;
}>;
