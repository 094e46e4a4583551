/** What goes with a payload that is posted: everything of the envelope that the platform does not make itself. */
import type { Source } from "@33god/holyfields";

export interface PublishFacts {
  readonly app: string;
  readonly sourceType?: Source["type"];
  /** A UUID, or any key. */
  readonly id?: string | undefined;
  readonly causes?: readonly string[];
  readonly version?: string | undefined;
  readonly agentContext?: Readonly<Record<string, unknown>> | undefined;
}

export function publishHeaders(facts: PublishFacts): Record<string, string> {
  const { app, sourceType, id, causes = [], version, agentContext } = facts;
  return {
    "x-source-app": ascii(app),
    ...(sourceType && { "x-source-type": sourceType }),
    ...(id && { "idempotency-key": id }),
    ...(causes.length > 0 && { "x-correlation-ids": causes.join(",") }),
    ...(version && { "x-event-version": version }),
    ...(agentContext && { "x-agent-context": asciiJson(agentContext) }),
  };
}

/** A header holds ASCII: JSON can say the same in it. */
const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

const ascii = (text: string): string => text.replace(/[^\x20-\x7e]/g, "?");
