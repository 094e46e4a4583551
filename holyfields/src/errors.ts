/**
 * Every error that Holyfields throws: one row a code. Codes are stable and never reused. A verdict on an event is
 * never thrown: it is returned.
 */
export const ERROR_CODES = {
  SCHEMAS_NOT_FOUND: "The folder of schemas does not exist or holds no contract.",
  SCHEMA_NOT_JSON: "A schema file is not JSON, or has a member twice.",
  SCHEMA_TOO_DEEP: "A schema nests deeper than any tool would read.",
  SCHEMA_MISNAMED: "A schema's file name, folder, $id, title or consts do not agree.",
  SCHEMA_INVALID: "A schema is not valid JSON Schema 2020-12.",
  SCHEMA_REF_UNRESOLVED: "A $ref leads to nothing.",
  SCHEMA_REF_CYCLIC: "A $ref leads back to itself without stepping into the event.",
  SCHEMA_PATTERN_INVALID: "A pattern is not a regular expression, or one that can take exponential time.",
  SCHEMA_FORMAT_UNKNOWN: "A format is not one that all engines assert alike.",
  SCHEMA_DUPLICATE: "Two files describe the same event type in the same version, or have the same $id.",
  EXAMPLE_INVALID: "A contract's example breaks the contract, or one that should break it does not.",
  KEYWORD_NOT_EXPRESSIBLE: "A generator can't express a keyword without changing the verdict.",
  NAME_COLLISION: "Two schemas would be generated under the same name.",
  LEDGER_BROKEN: "The ledger of revisions does not agree with itself.",
  REVISION_INCOMPATIBLE: "A stable contract changed incompatibly under its version.",
  EVENT_TYPE_INVALID: "An event type does not follow the grammar.",
  FILE_EXISTS: "A file that would be written exists already.",
  GIT_FAILED: "git could not give the schemas of that revision.",
  CLOUDEVENT_INVALID: "It is not a CloudEvent that carries one of our events.",
} as const;

export type HolyfieldsErrorCode = keyof typeof ERROR_CODES;

export interface ErrorPlace {
  /** The file, as it was found. */
  readonly file?: string | undefined;
  /** JSON Pointer into that file. */
  readonly pointer?: string | undefined;
  /** What to do next. */
  readonly hint?: string | undefined;
}

/** What is wrong with a schema, where, and what to do about it. `message` holds all of it in a few lines. */
export class HolyfieldsError extends Error {
  readonly code: HolyfieldsErrorCode;
  readonly file: string | undefined;
  readonly pointer: string | undefined;
  readonly hint: string | undefined;
  /** The message without its hint. */
  readonly sentence: string;

  constructor(
    code: HolyfieldsErrorCode,
    sentence: string = ERROR_CODES[code],
    place: ErrorPlace = {},
    options?: ErrorOptions,
  ) {
    const where =
      place.file === undefined ? "" : `${place.file}${place.pointer ? `#${place.pointer}` : ""}: `;
    super(`${where}${sentence}${place.hint ? ` ${place.hint}` : ""}`, options);
    this.sentence = `${where}${sentence}`;
    this.name = "HolyfieldsError";
    this.code = code;
    this.file = place.file;
    this.pointer = place.pointer;
    this.hint = place.hint;
  }
}
