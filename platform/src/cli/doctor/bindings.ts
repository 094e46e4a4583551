/** Bindings that match nothing: no contract, or no event that anybody published; and what they nearly match. */
import type { Counts } from "@33god/candystore";
import type { ContractAnswer } from "../api/answers.js";
import { counted } from "../terminal/counted.js";
import { type Check, type Diagnosis, ok } from "./contract.js";

export const checkBindings: Check = async ({ client, broker, exchange }) => {
  if (broker === undefined) return [];
  const { topicMatcher } = await import("@33god/bloodbank");
  const { nearestOf } = await import("@33god/holyfields");
  const { contracts } = await client.json<{ readonly contracts: readonly ContractAnswer[] }>(
    "/schemas/catalog",
  );
  const known = [...new Set(contracts.map(({ event_type }) => event_type))];
  const { by_type } = await client.json<Counts>("/api/v1/events/counts");
  const published = by_type.map(({ event_type }) => event_type);
  const found: Diagnosis[] = [];
  const bindings = broker.bindings.filter(
    ({ source, destination_type }) => source === exchange && destination_type === "queue",
  );
  const silent: string[] = [];
  for (const { routing_key: key, destination } of bindings) {
    const matches = topicMatcher(key);
    if (published.some(matches)) continue;
    if (known.some(matches)) {
      silent.push(`${destination} waits for ${key}`);
      continue;
    }
    const near = nearMisses(key, known, nearestOf);
    found.push({
      check: "bindings",
      health: "wrong",
      message: `${destination} is bound with "${key}", which matches no event type that there is`,
      hint: near.length > 0 ? `did you mean ${near.join(" or ")}?` : "`bb schema list` shows the event types",
    });
  }
  for (const { name, durable, auto_delete } of broker.queues)
    if (
      /^services\./.test(name) &&
      !/\.(dlq|retry\.\w+)$/.test(name) &&
      durable &&
      !auto_delete &&
      !bindings.some(({ destination }) => destination === name) &&
      broker.consumers.some(({ queue }) => queue.name === name) &&
      name !== WORK_QUEUE
    )
      found.push({
        check: "bindings",
        health: "look",
        message: `${name} is consumed and bound with nothing: no event reaches it`,
        hint: `bind it to ${exchange}, or look whether its consumer names another exchange`,
      });
  if (silent.length > 0)
    found.push({
      check: "bindings",
      health: "ok",
      message: `${counted(silent.length, "binding")} wait for events that nobody has published yet`,
      details: silent,
    });
  if (!found.some(({ health }) => health !== "ok"))
    found.unshift(
      ok("bindings", `${counted(bindings.length, "binding")}, each for event types that there are`),
    );
  return found;
};

/** The door puts webhooks there itself. */
const WORK_QUEUE = "services.fireflies.webhook";

type Nearest = (name: string, known: readonly string[], most?: number) => readonly string[];

/** Letters that differ only in size or space, then words in another number, then what is a few letters away. */
export function nearMisses(key: string, known: readonly string[], nearest: Nearest): readonly string[] {
  const plain = key
    .trim()
    .toLowerCase()
    .replaceAll(/[-/\s]+/g, "_");
  if (plain !== key && known.includes(plain)) return [plain];
  if (/[*#]/.test(key)) {
    const words = key.split(".");
    const first = words[0] ?? "";
    const domains = [...new Set(known.map((type) => type.split(".")[0] ?? ""))];
    if (!/[*#]/.test(first) && !domains.includes(first))
      return nearest(first, domains, 1).map((domain) => [domain, ...words.slice(1)].join("."));
    // "a.*" for a type of three words: "*" is one word.
    const wider = known.filter((type) => type.startsWith(`${first}.`));
    return wider.length > 0 && key.endsWith("*") ? [`${first}.#`] : [];
  }
  return nearest(key, known);
}
