/** What `bb` ends with. The large numbers are those of sysexits.h; scripts may depend on all of them. */
export const EXIT = {
  /** Done, and the answer is yes. */
  ok: 0,
  /** Done, and the answer is no: nothing found, a check that failed, an event that was refused. */
  no: 1,
  /** The command line is wrong. */
  usage: 2,
  /** What was given to read is not what it should be: not JSON, not a schema. */
  data: 65,
  /** A file that was named cannot be read. */
  noInput: 66,
  /** The platform, or what it stands on, does not answer. */
  unavailable: 69,
  /** A fault of ours. */
  internal: 70,
  /** A file cannot be written. */
  cannotCreate: 73,
  /** The platform does not allow it: a token is missing or its role is too small. */
  notAllowed: 77,
  /** A variable or a configuration file is wrong. */
  config: 78,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** For the help and the reference: one line each, in the order of the numbers. */
export const EXIT_MEANINGS: readonly (readonly [ExitCode, string])[] = [
  [EXIT.ok, "done"],
  [EXIT.no, "the answer is no: nothing found, a check failed, an event was refused"],
  [EXIT.usage, "the command line is wrong"],
  [EXIT.data, "what was given to read is not what it should be"],
  [EXIT.noInput, "a file cannot be read"],
  [EXIT.unavailable, "the platform does not answer, or what it stands on"],
  [EXIT.internal, "a fault in bb"],
  [EXIT.cannotCreate, "a file cannot be written"],
  [EXIT.notAllowed, "the platform does not allow it"],
  [EXIT.config, "a variable or a configuration file is wrong"],
];
