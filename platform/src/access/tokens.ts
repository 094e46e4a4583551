/**
 * The tokens file: a line each with token, name and role, separated by commas; empty lines and those that begin with
 * `#` are passed over. A reader looks; an operator acts as well.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { messageOf, StartError } from "../errors.js";

export const ROLES = ["reader", "operator"] as const;
export type Role = (typeof ROLES)[number];

export interface Token {
  readonly name: string;
  readonly role: Role;
}

/** The shortest token that cannot be guessed in a lifetime, were it random. */
const SHORTEST = 16;

export class Tokens {
  readonly #known: readonly (Token & { readonly digest: Buffer; readonly secret: string })[];

  constructor(known: readonly (Token & { readonly secret: string })[]) {
    this.#known = known.map((token) => ({ ...token, digest: digestOf(token.secret) }));
  }

  /** Takes the same time for every wrong token. */
  find(secret: string): Token | undefined {
    const digest = digestOf(secret);
    let found: Token | undefined;
    for (const token of this.#known)
      if (timingSafeEqual(token.digest, digest)) found = { name: token.name, role: token.role };
    return found;
  }

  /** With their secrets: for the broker's users. */
  get all(): readonly (Token & { readonly secret: string })[] {
    return this.#known.map(({ name, role, secret }) => ({ name, role, secret }));
  }
}

/** @throws StartError `BAD_CONFIG` with every line that is wrong */
export function readTokens(file: string): Tokens {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new StartError("BAD_CONFIG", `BLOODBANK_TOKENS: ${messageOf(error)}`, {
      cause: error,
      hint: "It names a file that this user may read, a line each as: 3f9c…, ada, operator",
    });
  }
  const faults: string[] = [];
  const known: (Token & { secret: string })[] = [];
  const fault = (line: number, what: string) => faults.push(`BLOODBANK_TOKENS: ${file}:${line}: ${what}`);
  for (const [index, written] of text.split(/\r?\n/).entries()) {
    const line = written.trim();
    if (line === "" || line.startsWith("#")) continue;
    const [secret = "", name = "", role = "", ...more] = line.split(",").map((part) => part.trim());
    if (name === "" || more.length > 0)
      fault(index + 1, "a line is a token, a name and a role, with commas between");
    else if (!isRole(role)) fault(index + 1, `"${role}" is none of ${ROLES.join(", ")}`);
    else if (secret.length < SHORTEST)
      fault(index + 1, `${name}'s token is shorter than ${SHORTEST} characters`);
    else if (known.some((one) => one.name === name || one.secret === secret))
      fault(index + 1, `${name}, or its token, stands there twice`);
    else known.push({ secret, name, role });
  }
  if (known.length === 0 && faults.length === 0) faults.push(`BLOODBANK_TOKENS: ${file} holds no token`);
  if (faults.length > 0)
    throw new StartError("BAD_CONFIG", faults.join("\n"), { hint: "For example: 3f9c…, ada, operator" });
  return new Tokens(known);
}

const isRole = (text: string): text is Role => (ROLES as readonly string[]).includes(text);
const digestOf = (secret: string): Buffer => createHash("sha256").update(secret).digest();
