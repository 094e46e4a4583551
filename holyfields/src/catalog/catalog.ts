import type { Catalog, Contract, EventEnvelope, ValidateOptions, Verdict, Violation } from "../contract.js";
import { HolyfieldsError } from "../errors.js";
import { decode } from "../json/decode.js";
import { isObject, own, shown } from "../json/value.js";
import type { SchemaSet } from "../schema/schema-set.js";
import { Compiler } from "../verdict/compiler.js";
import { contradiction, malformedBody, unknownType, violationsVerdict } from "../verdict/verdicts.js";
import { ID_BASE } from "./event-type.js";
import { nearestOf } from "./nearest.js";

const ENVELOPE_ID = `${ID_BASE}core/event-envelope.v1.schema.json`;

/** What a type name leads to, made once: its versions, and the newest that may be published. */
interface Subject {
  readonly byVersion: ReadonlyMap<string, Contract>;
  readonly newest: Contract;
}

export class CheckedCatalog implements Catalog {
  readonly contracts: readonly Contract[];
  readonly schemas: SchemaSet;
  readonly #subjects: ReadonlyMap<string, Subject>;
  readonly #compiler: Compiler;

  constructor(schemas: SchemaSet, contracts: readonly Contract[]) {
    this.contracts = Object.freeze([...contracts]);
    this.schemas = schemas;
    this.#compiler = new Compiler(schemas);
    const grouped = new Map<string, Contract[]>();
    for (const contract of contracts)
      grouped.set(contract.eventType, [...(grouped.get(contract.eventType) ?? []), contract]);
    this.#subjects = new Map(
      [...grouped].map(([eventType, versions]) => [
        eventType,
        {
          byVersion: new Map(versions.map((contract) => [contract.version, contract])),
          newest: versions.findLast(({ stability }) => stability !== "retired") ?? versions.at(-1)!,
        },
      ]),
    );
  }

  get(eventType: string, version?: string): Contract | undefined {
    const subject = this.#subjects.get(eventType);
    return version === undefined ? subject?.newest : subject?.byVersion.get(version);
  }

  nearest(eventType: string): readonly string[] {
    return nearestOf(eventType, [...this.#subjects.keys()]);
  }

  validate(event: unknown, routingKey?: string): Verdict {
    try {
      return this.#judge(event, routingKey);
    } catch (error) {
      // A value that JSON can't hold, or one so deep that the stack ends: never the caller's exception.
      return violationsVerdict("CONTRACT_VIOLATION", undefined, event, [
        { pointer: "", keyword: "depth", message: `can't be checked: ${(error as Error).message}` },
      ]);
    }
  }

  validateBytes(body: Uint8Array, routingKey?: string, options?: ValidateOptions): Verdict {
    const decoded = decode(body, options);
    return "malformed" in decoded
      ? malformedBody(decoded.malformed)
      : this.validate(decoded.value, routingKey);
  }

  #judge(event: unknown, routingKey: string | undefined): Verdict {
    if (!isObject(event) || typeof own(event, "event_type") !== "string") return this.#envelopeOnly(event);
    const eventType = event.event_type as string;
    const subject = this.#subjects.get(eventType);
    if (subject === undefined) return unknownType(event, eventType, this.nearest(eventType));
    const version = own(event, "version");
    const contract = typeof version === "string" ? subject.byVersion.get(version) : subject.newest;
    if (contract === undefined)
      return violationsVerdict("CONTRACT_VIOLATION", eventType, event, [
        {
          pointer: "/version",
          keyword: "version",
          message: `${eventType} has no version ${shown(version)}; there is ${[...subject.byVersion.keys()].join(", ")}`,
        },
      ]);
    const found = this.#compiler.check(contract.id, event);
    if (routingKey !== undefined && routingKey !== eventType)
      return contradiction(event, eventType, routingKey, found);
    if (found.length > 0) return violationsVerdict("CONTRACT_VIOLATION", eventType, event, found);
    if (contract.stability === "retired")
      return violationsVerdict("CONTRACT_VIOLATION", eventType, event, [
        {
          pointer: "/version",
          keyword: "retired",
          message: `${eventType} ${contract.version} is retired; ${subject.newest === contract ? "nothing replaces it" : `publish ${subject.newest.version}`}`,
        },
      ]);
    return { valid: true, event: event as unknown as EventEnvelope, contract };
  }

  /** What is not even an envelope with a type: everything that the envelope asks for and it lacks. */
  #envelopeOnly(event: unknown): Verdict {
    const found: readonly Violation[] = this.#compiler.check(ENVELOPE_ID, event);
    return violationsVerdict(
      "CONTRACT_VIOLATION",
      undefined,
      event,
      found.length > 0
        ? found
        : [{ pointer: "/event_type", keyword: "required", message: "must name the event's type" }],
    );
  }

  /** Compiles every contract and checks its examples. @throws HolyfieldsError */
  verify(): void {
    for (const contract of this.contracts) {
      contract.examples.forEach((example, index) => {
        const verdict = this.validate(example);
        if (!verdict.valid && contract.stability !== "retired")
          throw new HolyfieldsError(
            "EXAMPLE_INVALID",
            `Example ${index} breaks the contract: ${verdict.message}`,
            {
              file: contract.file,
              pointer: `/examples/${index}`,
              hint: "Correct the example or the contract.",
            },
          );
      });
    }
  }
}
