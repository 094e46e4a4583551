/** Every failure of this service that its `fireflies.transcript.failed` names. Codes are stable. */
export const ERROR_CODES = {
  VAULT_UNWRITABLE: "The vault cannot be written to; the message says why.",
  NAME_REFUSED: "The file system refuses the file's name or place.",
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** The system's codes for a name or place that will not be accepted later either. */
const FOR_GOOD = new Set(["ENAMETOOLONG", "EINVAL", "ENOTDIR", "EISDIR", "ELOOP"]);

export interface VaultFailure {
  readonly code: ErrorCode;
  readonly message: string;
  /** Whether trying again is useless. A full disk may be emptied, a permission may be given. */
  readonly permanent: boolean;
}

/** What a failed write means; `undefined` for anything that did not come from the file system. */
export function vaultFailure(error: unknown): VaultFailure | undefined {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return undefined;
  const permanent = FOR_GOOD.has(String(error.code));
  return { code: permanent ? "NAME_REFUSED" : "VAULT_UNWRITABLE", message: error.message, permanent };
}
