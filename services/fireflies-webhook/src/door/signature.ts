import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * Whether `X-Hub-Signature` is the HMAC-SHA256 of these bytes. V2 of the webhook writes `sha256=<hex>`, V1 the bare
 * hex. Takes the same time for every wrong signature.
 */
export function signatureHolds(header: string | undefined, rawBody: Uint8Array, secret: string): boolean {
  const given = /^(?:sha256=)?([0-9a-f]{64})$/i.exec(header?.trim() ?? "")?.[1];
  if (given === undefined) return false;
  return timingSafeEqual(Buffer.from(given, "hex"), createHmac("sha256", secret).update(rawBody).digest());
}
