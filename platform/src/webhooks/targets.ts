/**
 * Which addresses may be posted to. Whoever can subscribe must not reach through this process what only this machine
 * can: loopback, private and link-local networks (a cloud's metadata service) are refused unless allowed.
 *
 * A name is checked when the connection is made, on the very addresses it resolved to: one that changes its mind
 * between check and use gains nothing.
 */
import { type LookupAddress, lookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { NonRetryable } from "@33god/bloodbank";

const inner = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const)
  inner.addSubnet(network, prefix, "ipv4");
for (const [network, prefix] of [
  ["::", 128],
  ["::1", 128],
  ["64:ff9b::", 96],
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
] as const)
  inner.addSubnet(network, prefix, "ipv6");

export function isInner(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  const plain = mapped ?? address;
  const family = isIP(plain);
  return family === 0 || inner.check(plain, family === 4 ? "ipv4" : "ipv6");
}

/** Trying again would not help: it is given up at once, into the dead letters. */
export class ForbiddenTarget extends NonRetryable {}

export const refused = (host: string): string =>
  `${host} is an address of this machine or network; BLOODBANK_WEBHOOK_TARGETS=any would allow it`;

/** For `http.request`: resolves as usual, and refuses what is inside. A literal address is refused before any lookup. */
export function guardedLookup(allowInner: boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error) return callback(error, []);
      const usable = allowInner ? addresses : addresses.filter(({ address }) => !isInner(address));
      const [first] = usable;
      if (first === undefined) return callback(new ForbiddenTarget(refused(hostname)), []);
      if (options.all === true) callback(null, usable);
      else callback(null, first.address, first.family);
    });
  };
}

/** Before a subscription is made: what can be told without resolving the name. */
export function refusalOf(url: string, allowInner: boolean): string | undefined {
  if (!URL.canParse(url)) return "is not an address";
  const { protocol, hostname, username } = new URL(url);
  if (protocol !== "http:" && protocol !== "https:") return "is not an http or https address";
  if (username !== "") return "must not hold a user and password";
  const host = hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  if (!allowInner && (/(^|\.)localhost$/.test(host) || (isIP(host) !== 0 && isInner(host))))
    return "is an address of this machine or network: set BLOODBANK_WEBHOOK_TARGETS=any to allow it";
  return undefined;
}
