import { RETRY_LADDER } from "../contract.js";

/** `<queue>.dlq`: where a queue's messages go when they are given up. */
export const deadLetterQueue = (queue: string): string => `${queue}.dlq`;

/** The queue that holds a message for the `rung`-th delay of the ladder, counted from 0. */
export function retryQueue(queue: string, rung: number): string {
  const step = RETRY_LADDER[rung];
  if (step === undefined) throw new RangeError(`the retry ladder has no rung ${rung}`);
  return `${queue}.retry.${step.suffix}`;
}
