/** Where in the vault a transcript lies: the same for ever, safe on every file system, and speaking to a person. */
import { createHash } from "node:crypto";

const SLUG_BYTES = 90;

/** Letters and digits of any script, joined by "-"; accents of Latin letters are taken off. */
export function slug(title: string): string {
  const words = title
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .normalize("NFC")
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
  let made = "";
  for (const character of words.join("-")) {
    if (Buffer.byteLength(made + character) > SLUG_BYTES) break;
    made += character;
  }
  return made.replace(/-+$/, "");
}

/** The id itself where a file may be called so; otherwise what is safe of it, and a digest that keeps ids apart. */
function safeId(id: string): string {
  if (/^[A-Za-z0-9_-]{1,64}$/.test(id)) return id;
  const digest = createHash("sha256").update(id).digest("hex").slice(0, 12);
  return [id.replace(/[^A-Za-z0-9_-]+/g, "").slice(0, 40), digest].filter((part) => part !== "").join("-");
}

/** `transcripts/2026/2026-02-03-sprint-planning-01HXYZ7K3M.md`, with "/" on every system. */
export function vaultPath(transcript: {
  readonly id: string;
  readonly title: string;
  readonly date: string;
}): string {
  const day = new Date(transcript.date).toISOString().slice(0, 10);
  const name = [day, slug(transcript.title), safeId(transcript.id)].filter((part) => part !== "").join("-");
  return `transcripts/${day.slice(0, 4)}/${name}.md`;
}
