/** The real contracts, checked by ajv. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Catalog, Contract, EventEnvelope, Verdict } from "@33god/holyfields";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";

const folder = fileURLToPath(new URL("../../../../holyfields/schemas/", import.meta.url));
const ajv = new Ajv2020({ allErrors: true, strict: false });
formats.default(ajv);
const contracts: Contract[] = [];
for (const name of readdirSync(folder, { recursive: true }).map(String)) {
  if (!name.endsWith(".json")) continue;
  const schema = JSON.parse(readFileSync(`${folder}/${name}`, "utf8"));
  ajv.addSchema(schema);
  const eventType = schema.properties?.event_type?.const;
  if (eventType !== undefined)
    contracts.push({
      eventType,
      version: "v1",
      id: schema.$id,
      title: schema.title,
      description: "",
      owner: "",
      stability: "stable",
      examples: schema.examples,
      schema,
      file: name,
    });
}
const byType = new Map(contracts.map((contract) => [contract.eventType, contract]));

function validate(event: unknown): Verdict {
  const envelope = event as EventEnvelope;
  const contract = byType.get(envelope.event_type);
  const check = contract && ajv.getSchema(contract.id);
  if (contract !== undefined && check?.(event) === true) return { valid: true, event: envelope, contract };
  const violations = (check?.errors ?? []).map(({ instancePath, keyword, message }) => ({
    pointer: instancePath,
    keyword,
    message: message ?? keyword,
  }));
  return {
    valid: false,
    code: contract ? "CONTRACT_VIOLATION" : "UNKNOWN_EVENT_TYPE",
    message: violations.map(({ pointer, message }) => `${pointer} ${message}`).join("; "),
    violations,
    nearest: [],
    event,
  };
}

export const catalog: Catalog = {
  contracts,
  get: (eventType) => byType.get(eventType),
  nearest: () => [],
  validate,
  validateBytes: (body) => validate(JSON.parse(Buffer.from(body).toString("utf8"))),
};
