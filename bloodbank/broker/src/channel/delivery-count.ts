import type { StoredMessage } from "../log/record.js";
import { decodeProperties, encodeProperties } from "../wire/properties.js";
import { long } from "../wire/table.js";

/**
 * A message's properties with `x-delivery-count`, which quorum queues add to what they deliver again. None where its headers
 * cannot be read: nobody looked into them when they came, they leave as they are, and a delivery has nobody to throw at.
 */
export function withDeliveryCount(message: StoredMessage, returns: number): Buffer | undefined {
  try {
    return counted(message, returns);
  } catch {
    return undefined;
  }
}

function counted(message: StoredMessage, returns: number): Buffer {
  const { buffer, propertiesAt, propertiesLength } = message;
  const properties = decodeProperties(buffer, propertiesAt, propertiesAt + propertiesLength);
  const headers = new Map(properties.headers ?? []).set("x-delivery-count", long(returns));
  return encodeProperties({ ...properties, headers });
}
