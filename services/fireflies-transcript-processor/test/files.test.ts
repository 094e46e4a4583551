import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { vaultFailure } from "../src/errors.js";
import { slug, vaultPath } from "../src/files/file-name.js";
import { writeOnce } from "../src/files/write-once.js";

describe("the file's name", () => {
  test("tells the day, the title and the id", () => {
    expect(
      vaultPath({ id: "01HXYZ7K3M", title: "Sprint planning!", date: "2026-02-03T23:30:00-05:00" }),
    ).toBe("transcripts/2026/2026-02-04-sprint-planning-01HXYZ7K3M.md");
  });

  test.each([
    ["Größere Übergabe & Ångström", "großere-ubergabe-angstrom"],
    ["下一步 计划", "下一步-计划"],
    ["Nguyễn Thị Hồng", "nguyen-thi-hong"],
    ["???", ""],
    ["a".repeat(300), "a".repeat(90)],
  ])("%s", (title, expected) => {
    expect(slug(title)).toBe(expected);
  });

  test("never leaves the vault and never gets too long, whatever title and id are", () => {
    const date = "2026-02-03T09:00:00Z";
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary", minLength: 1 }), (title, id) => {
        const file = vaultPath({ id, title, date });
        expect(path.posix.normalize(file)).toBe(file);
        expect(file.split("/")).toHaveLength(3);
        expect(Buffer.byteLength(path.posix.basename(file))).toBeLessThanOrEqual(255);
      }),
    );
    expect(vaultPath({ id: "../../etc/passwd", title: "../x", date })).toMatch(
      /^transcripts\/2026\/2026-02-03-x-etcpasswd-[0-9a-f]{12}\.md$/,
    );
    expect(vaultPath({ id: "a/b", title: "", date })).not.toBe(vaultPath({ id: "ab", title: "", date }));
  });
});

describe("a file is written once", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "vault-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test("the folder is made, and nothing but the file is left in it", async () => {
    const file = path.join(folder, "a", "b", "note.md");
    const written = await writeOnce(file, "Zoë\n");
    expect(await readFile(file, "utf8")).toBe("Zoë\n");
    expect(written).toMatchObject({ fresh: true, bytes: 5, path: file });
    expect(await readdir(path.dirname(file))).toEqual(["note.md"]);
  });

  test("the same content is not written again and keeps its time", async () => {
    const file = path.join(folder, "note.md");
    await writeOnce(file, "same");
    const long = new Date("2026-01-01T00:00:00Z");
    await utimes(file, long, long);
    const again = await writeOnce(file, "same");
    expect(again).toMatchObject({ fresh: false, at: long });
    expect((await stat(file)).mtime).toEqual(long);
  });

  test("other content replaces it whole", async () => {
    const file = path.join(folder, "note.md");
    await writeOnce(file, "a long first content");
    expect(await writeOnce(file, "short")).toMatchObject({ fresh: true });
    expect(await readFile(file, "utf8")).toBe("short");
  });

  test("many writers at once leave one whole file", async () => {
    const file = path.join(folder, "note.md");
    const content = "x".repeat(200_000);
    await Promise.all(Array.from({ length: 8 }, () => writeOnce(file, content)));
    expect(await readFile(file, "utf8")).toBe(content);
    expect(await readdir(folder)).toEqual(["note.md"]);
  });

  test("a folder in the file's place is a failure for good, and no temporary file stays", async () => {
    const file = path.join(folder, "note.md");
    await mkdir(file);
    const error = await writeOnce(file, "x").catch((thrown: unknown) => thrown);
    expect(vaultFailure(error)).toMatchObject({ code: "NAME_REFUSED", permanent: true });
    expect(await readdir(folder)).toEqual(["note.md"]);
  });

  test("a file in the folder's place is a failure for good", async () => {
    await writeFile(path.join(folder, "a"), "");
    const error = await writeOnce(path.join(folder, "a", "note.md"), "x").catch((thrown: unknown) => thrown);
    expect(vaultFailure(error)).toMatchObject({ permanent: true });
  });
});

test("a full disk may be emptied, and a failure of the bus is none of the vault's", () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device"), {
    code: "ENOSPC",
    syscall: "write",
  });
  expect(vaultFailure(full)).toMatchObject({ code: "VAULT_UNWRITABLE", permanent: false });
  expect(vaultFailure(new Error("not confirmed"))).toBeUndefined();
});
