/** Users and what they may do, for connections and the management API alike. */
import { isIPv4, isIPv6 } from "node:net";
import { type AmqpError, notAllowed } from "../errors.js";
import { Permissions } from "./permissions.js";
import type { Records } from "./records.js";
import { readCredentials, refusedLogin } from "./sasl.js";
import { type User, Users } from "./users.js";

export class Access {
  readonly users: Users;
  readonly permissions: Permissions;

  /** `guest` gets all of `/` when it is made. */
  constructor(records: Records) {
    const fresh = isEmpty(records.entries("user/"));
    this.users = new Users(records);
    this.permissions = new Permissions(records);
    if (fresh) this.grantAll("guest", "/");
  }

  grantAll(user: string, vhost: string): void {
    this.permissions.set({ user, vhost, configure: ".*", write: ".*", read: ".*" });
  }

  deleteUser(name: string): boolean {
    this.permissions.forgetUser(name);
    return this.users.delete(name);
  }

  /** The user who answers `connection.start`, or the 403 that every failed login gets. `peer` is an address. */
  login(mechanism: string, response: Uint8Array, peer: string): User {
    const { user, password } = readCredentials(mechanism, response);
    const known = this.verify(user, password, peer);
    if (known === undefined) throw refusedLogin(mechanism);
    return known;
  }

  /** `guest` is let in from this machine alone: its password is known to everybody. */
  verify(user: string, password: string, peer: string): User | undefined {
    if (user === "guest" && !isLoopback(peer)) return undefined;
    return this.users.verify(user, password);
  }

  /** What `connection.open` of a virtual host that exists is answered, where it is not let in. */
  refusal(user: string, vhost: string): AmqpError | undefined {
    return this.permissions.mayEnter(user, vhost)
      ? undefined
      : notAllowed(`access to vhost '${vhost}' refused for user '${user}'`);
  }
}

export function vhostNotFound(vhost: string): AmqpError {
  return notAllowed(`vhost ${vhost} not found`);
}

export function isLoopback(address: string): boolean {
  const plain = address.startsWith("::ffff:") ? address.slice(7) : address;
  return (isIPv4(plain) && plain.startsWith("127.")) || (isIPv6(plain) && plain === "::1");
}

function isEmpty(entries: Iterable<unknown>): boolean {
  for (const _ of entries) return false;
  return true;
}
