import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { Access, hashPassword, verifyPassword } from "../../src/access/index.js";
import { tableOf } from "../../src/wire/plain.js";
import { encodeTable } from "../../src/wire/table-codec.js";
import { MemoryRecords } from "./memory-records.js";

const plain = (user: string, password: string) => Buffer.from(`\0${user}\0${password}`);

describe("logging in", () => {
  it("takes guest from this machine alone", () => {
    const access = new Access(new MemoryRecords());
    for (const peer of ["127.0.0.1", "127.3.2.1", "::1", "::ffff:127.0.0.1"])
      expect(access.login("PLAIN", plain("guest", "guest"), peer).name).toBe("guest");
    for (const peer of ["192.168.1.4", "::ffff:10.0.0.1", "fe80::1"])
      expect(() => access.login("PLAIN", plain("guest", "guest"), peer)).toThrow(
        "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. For details see the broker logfile.",
      );
  });

  it("reads PLAIN and AMQPLAIN, and ends the connection for anything else", () => {
    const access = new Access(new MemoryRecords());
    access.users.put("ann", { password: "s:é\u0001" }, []);
    expect(access.login("PLAIN", plain("ann", "s:é\u0001"), "10.0.0.1").name).toBe("ann");
    const table = encodeTable(tableOf({ LOGIN: "ann", PASSWORD: "s:é\u0001" })).subarray(4);
    expect(access.login("AMQPLAIN", table, "10.0.0.1").name).toBe("ann");
    for (const [mechanism, response] of [
      ["PLAIN", plain("ann", "wrong")],
      ["PLAIN", plain("nobody", "")],
      ["PLAIN", Buffer.from("no zeros")],
      ["AMQPLAIN", Buffer.from([1, 2, 3])],
      ["EXTERNAL", Buffer.alloc(0)],
    ] as const)
      expect(() => access.login(mechanism, response, "10.0.0.1")).toThrow(
        expect.objectContaining({ reach: "connection" }),
      );
  });

  it("never lets in a user without a password", () => {
    const access = new Access(new MemoryRecords());
    access.users.put("ghost", {}, ["administrator"]);
    expect(access.verify("ghost", "", "127.0.0.1")).toBeUndefined();
  });

  it("knows the hashes that RabbitMQ makes", () => {
    // Made by RabbitMQ 3.10.8 for the password "p".
    expect(
      verifyPassword(
        "p",
        "C6yaN+v0pqArr3rorN6OXxDRuPcYHGyida7QQFwQpWKlVcdN",
        "rabbit_password_hashing_sha256",
      ),
    ).toBe(true);
    expect(verifyPassword("q", hashPassword("p"), "rabbit_password_hashing_sha256")).toBe(false);
    expect(verifyPassword("p", hashPassword("p"), "made_up")).toBe(false);
  });
});

describe("records that cannot be written", () => {
  it("leave what was to be deleted, so that a restart brings nobody back", () => {
    const records = new MemoryRecords();
    const access = new Access(records);
    access.users.put("ann", { password: "p" }, []);
    records.delete = () => {
      throw new Error("ENOSPC: no space left");
    };
    expect(() => access.deleteUser("ann")).toThrow("ENOSPC");
    expect(access.verify("ann", "p", "127.0.0.1")?.name).toBe("ann");
  });
});

describe("permissions", () => {
  it("are regular expressions, one for each of configure, write and read", () => {
    const access = new Access(new MemoryRecords());
    const { permissions } = access;
    permissions.set({ user: "u", vhost: "v", configure: "^c", write: "", read: ".*" });
    expect(permissions.allows("u", "v", "configure", "cq")).toBe(true);
    expect(permissions.allows("u", "v", "configure", "xq")).toBe(false);
    expect(permissions.allows("u", "v", "write", "anything")).toBe(false);
    expect(permissions.allows("u", "/", "read", "cq")).toBe(false);
    expect(() => permissions.assert("u", "v", "write", "exchange", "")).toThrow(
      "ACCESS_REFUSED - access to exchange 'amq.default' in vhost 'v' refused for user 'u'",
    );
    permissions.set({ user: "u", vhost: "v", configure: "^c", write: ".*", read: ".*" });
    expect(permissions.allows("u", "v", "write", "anything")).toBe(true);
    expect(access.refusal("u", "/")?.message).toBe("NOT_ALLOWED - access to vhost '/' refused for user 'u'");
  });

  it("of topics limit keys and know who asks", () => {
    const { permissions } = new Access(new MemoryRecords());
    permissions.setTopic({ user: "a.b", vhost: "v", exchange: "x", write: "^{username}\\.", read: ".*" });
    permissions.assertTopic("a.b", "v", "write", "x", "a.b.c");
    permissions.assertTopic("a.b", "v", "write", "another", "z");
    expect(() => permissions.assertTopic("a.b", "v", "write", "x", "azb.c")).toThrow(
      "access to topic 'azb.c' in exchange 'x' in vhost 'v' refused for user 'a.b'",
    );
  });

  it("outlive a restart and go with their user", () => {
    const records = new MemoryRecords();
    const access = new Access(records);
    access.users.put("u", { password: "p" }, ["monitoring"]);
    access.permissions.set({ user: "u", vhost: "v", configure: "", write: "", read: ".*" });
    const again = new Access(records);
    expect(again.verify("u", "p", "10.0.0.1")?.tags).toEqual(["monitoring"]);
    expect(again.permissions.allows("u", "v", "read", "q")).toBe(true);
    again.deleteUser("u");
    expect(new Access(records).permissions.mayEnter("u", "v")).toBe(false);
    again.deleteUser("guest");
    expect([...records.values.keys()]).toEqual([]);
  });
});
