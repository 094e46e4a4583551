import type { StoredMessage } from "../log/record.js";
import { decodeProperties, encodeProperties } from "../wire/properties.js";
import { long } from "../wire/table.js";

/** A message's properties with `x-delivery-count`, which quorum queues add to what they deliver again. */
export function withDeliveryCount(message: StoredMessage, returns: number): Buffer {
  const { buffer, propertiesAt, propertiesLength } = message;
  const properties = decodeProperties(buffer, propertiesAt, propertiesAt + propertiesLength);
  const headers = new Map(properties.headers ?? []).set("x-delivery-count", long(returns));
  return encodeProperties({ ...properties, headers });
}
