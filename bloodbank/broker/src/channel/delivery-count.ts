import type { StoredMessage } from "../log/record.js";
import { changedProperties } from "../wire/changed-properties.js";
import { newPropertyScan, scanProperties } from "../wire/properties.js";
import { EMPTY_TABLE, long } from "../wire/table.js";
import { decodeTable } from "../wire/table-codec.js";

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

function counted({ buffer, propertiesAt, propertiesLength }: StoredMessage, returns: number): Buffer {
  const end = propertiesAt + propertiesLength;
  scanProperties(buffer, propertiesAt, end, scan);
  const before = scan.headersAt < 0 ? EMPTY_TABLE : decodeTable(buffer, scan.headersAt, scan.headersEnd);
  const headers = new Map(before).set("x-delivery-count", long(returns));
  return changedProperties(buffer, propertiesAt, end, scan, { headers });
}

const scan = newPropertyScan();
