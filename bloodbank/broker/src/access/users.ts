/** Who may connect. Tags say what a user may do over the management API, permissions what in a virtual host. */

import { DEFAULT_HASHING, hashPassword, verifyPassword } from "./password.js";
import { type Records, Shelf } from "./records.js";

export interface User {
  readonly name: string;
  readonly passwordHash: string;
  readonly hashingAlgorithm: string;
  /** `administrator`, `monitoring`, `policymaker`, `management`, `impersonator`, and whatever anyone likes. */
  readonly tags: readonly string[];
}

export class Users implements Iterable<User> {
  readonly #users: Shelf<User>;

  /** A store without any user gets `guest`/`guest`, an administrator. */
  constructor(records: Records) {
    this.#users = new Shelf(records, "user/");
    if (this.#users.size === 0) this.put("guest", { password: "guest" }, ["administrator"]);
  }

  get(name: string): User | undefined {
    return this.#users.get(name);
  }

  /** Makes a user or replaces one. Without password and hash nobody can log in as that user. */
  put(name: string, secret: UserSecret, tags: readonly string[]): void {
    const { password, passwordHash, hashingAlgorithm = DEFAULT_HASHING } = secret;
    const hash = password === undefined || password === "" ? (passwordHash ?? "") : hashPassword(password);
    const algorithm = password === undefined || password === "" ? hashingAlgorithm : DEFAULT_HASHING;
    this.#users.set({ name, passwordHash: hash, hashingAlgorithm: algorithm, tags }, name);
  }

  delete(name: string): boolean {
    return this.#users.delete(name);
  }

  verify(name: string, password: string): User | undefined {
    const user = this.#users.get(name);
    return user !== undefined && verifyPassword(password, user.passwordHash, user.hashingAlgorithm)
      ? user
      : undefined;
  }

  [Symbol.iterator](): IterableIterator<User> {
    return this.#users[Symbol.iterator]();
  }
}

export interface UserSecret {
  readonly password?: string | undefined;
  readonly passwordHash?: string | undefined;
  readonly hashingAlgorithm?: string | undefined;
}
