/** Dead letters by their cause, and what each cause asks for. */
import type { LetterGroups } from "../api/answers.js";
import { counted } from "../terminal/counted.js";
import { type Check, type Diagnosis, ok } from "./contract.js";

/** The largest are shown. */
const MOST = 10;

/** By reason code, the client's and RabbitMQ's own. */
const ADVICE: Readonly<Record<string, string>> = {
  MALFORMED_JSON:
    "its producer sends something that is not JSON: find it by the client's name in `bb dlq show`",
  CONTRACT_VIOLATION:
    "its producer breaks the contract: `bb dlq show` names the places; `bb dlq edit` puts one right",
  UNKNOWN_EVENT_TYPE: "its event type has no contract: `bb schema new` writes one",
  HANDLER_FAILED:
    "the consumer's own code failed: `bb dlq show` has the stack; put it right, then `bb dlq redrive`",
  HANDLER_TIMEOUT: "the handler took too long: make it faster, or give it a longer deadline",
  NO_HANDLER: "no handler of the consumer wants its type: add one, or unbind the queue from it",
  POISON: "it ended its consumer's process again and again: try it alone, with the handler at hand",
  REJECTED: "a consumer rejected it: its log says why",
  EXPIRED: "it waited longer than its time to live: its consumer was away or too slow",
  MAXLEN: "the queue was full: its consumer is too slow, or its limit too small",
  DELIVERY_LIMIT: "it was delivered too often: its consumer ends before it acks",
};

export const checkDeadLetters: Check = async ({ client }) => {
  const { groups } = await client.json<LetterGroups>("/api/v1/dead-letters/groups");
  if (groups.length === 0) return [ok("dead letters", "there are none")];
  return groups.slice(0, MOST).map(
    ({ group, queue, event_type, code, reason, count: letters }): Diagnosis => ({
      check: "dead letters",
      health: "wrong",
      message: `${counted(letters, "dead letter")} of ${queue}, ${event_type}: ${[code, reason].filter((part) => part !== "").join(": ") || "no reason given"}`,
      hint: ADVICE[code] ?? "look at one: its reason and stack say what failed; then `bb dlq redrive`",
      details: [`bb dlq list --group ${group}`],
    }),
  );
};
