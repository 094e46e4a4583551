/**
 * Passwords as RabbitMQ keeps them: base64 of a 4-byte salt and the digest of salt and password. So a definitions
 * file of either broker works in the other.
 */
import { Buffer } from "node:buffer";
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

const DIGESTS: Readonly<Record<string, string>> = {
  rabbit_password_hashing_sha256: "sha256",
  rabbit_password_hashing_sha512: "sha512",
  rabbit_password_hashing_md5: "md5",
};

export const DEFAULT_HASHING = "rabbit_password_hashing_sha256";

const SALT = 4;

export function isHashingAlgorithm(name: string): boolean {
  return Object.hasOwn(DIGESTS, name);
}

export function hashPassword(password: string, salt: Buffer = randomBytes(SALT)): string {
  return Buffer.concat([salt, digest(DEFAULT_HASHING, salt, password)]).toString("base64");
}

/** An empty hash lets nobody in. */
export function verifyPassword(password: string, hash: string, algorithm: string): boolean {
  const known = Buffer.from(hash, "base64");
  if (known.length <= SALT || !isHashingAlgorithm(algorithm)) return false;
  const expected = known.subarray(SALT);
  const actual = digest(algorithm, known.subarray(0, SALT), password);
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

function digest(algorithm: string, salt: Buffer, password: string): Buffer {
  return createHash(DIGESTS[algorithm] as string)
    .update(salt)
    .update(password)
    .digest();
}
