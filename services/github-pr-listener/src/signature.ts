import { createHmac, timingSafeEqual } from "node:crypto";

/** Whether `X-Hub-Signature-256` (`sha256=<hex>`) is the HMAC of these bytes; every wrong one takes the same time. */
export function signatureHolds(header: string | undefined, rawBody: Uint8Array, secret: string): boolean {
  const given = /^sha256=([0-9a-f]{64})$/i.exec(header?.trim() ?? "")?.[1];
  if (given === undefined) return false;
  return timingSafeEqual(Buffer.from(given, "hex"), createHmac("sha256", secret).update(rawBody).digest());
}
