/** Every `bb` command that a page names is one, and has the options that the page gives it. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { pages, root } from "./pages.js";

/** The reference, which is written from the commands: the text about each. */
const reference = new Map(
  readFileSync(path.join(root, "docs/reference/cli.md"), "utf8")
    .split(/^#{2,3} /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf("\n")), section] as const),
);
const everywhere = reference.get("Everywhere") ?? "";
const isGroup = (command: string) => [...reference.keys()].some((one) => one.startsWith(`${command} `));

function fault(called: string): string | undefined {
  const [, name = "", sub = ""] = /^bb ([a-z]+)(?: ([a-z]+))?/.exec(called) ?? [];
  const command = isGroup(`bb ${name}`) && sub !== "" ? `bb ${name} ${sub}` : `bb ${name}`;
  const section = reference.get(command);
  if (section === undefined) return `${called}: there is no ${command}`;
  const options = [...called.matchAll(/ (--[a-z-]+)/g)].map(([, option]) => String(option));
  const strange = options.find((option) => ![section, everywhere].some((text) => text.includes(option)));
  return strange && `${called}: ${command} has no ${strange}`;
}

test.each(pages)("every command of %s is there", (page) => {
  const text = readFileSync(path.join(root, page), "utf8").replaceAll(/ \\\n\s*/g, " ");
  const called = [...text.matchAll(/(?:`|^)(?:npx )?(bb [a-z][^`\n#]*)/gm)].map(([, one]) =>
    String(one).trim(),
  );
  expect(called.map(fault).filter((one) => one !== undefined)).toEqual([]);
});
