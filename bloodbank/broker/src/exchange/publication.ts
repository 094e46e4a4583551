import { Draft } from "../log/record.js";
import { newPropertyScan, type PropertyScan } from "../wire/properties.js";

/**
 * A message on its way from a publisher to its queues. A channel has one and fills it again for every publish:
 * nothing may keep it. The bytes stay where they arrived, in the buffers that the socket gave, until the log takes them.
 */
export class Publication {
  readonly draft = new Draft();
  readonly scan: PropertyScan = newPropertyScan();
  mandatory = false;
  immediate = false;
  /** Milliseconds since 1970. */
  arrived = 0;
  /** Milliseconds that it lives by its own `expiration`; infinite without. */
  expiration = Number.POSITIVE_INFINITY;

  get persistent(): boolean {
    return this.scan.deliveryMode === 2;
  }
}
