// The walls of the house (docs/architecture.md), kept by a check and not by good will.
// Every import in a package's sources must be of the package itself, of a package that it may know,
// of a dependency that its package.json names, or of Node; and never reach into another package's folder.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { isBuiltin } from "node:module";
import path from "node:path";
import { root } from "./bootstrap.mjs";

const services = readdirSync(path.join(root, "services"))
  .filter(
    (name) =>
      name !== "templates" &&
      statSync(path.join(root, "services", name), { throwIfNoEntry: false })?.isDirectory(),
  )
  .map((name) => `services/${name}`);

/** What each folder's sources may import of the house; `!` names libraries that it must not know. */
const walls = {
  holyfields: {
    may: [],
    never: [/^amqp|^rabbitmq|^@cloudamqp/, /^(node:)?(http|https|net|tls)$/, /^fastify/, /sqlite|^pg$/],
  },
  "bloodbank/broker": { may: [], never: [/^ajv|^zod/, /^fastify/, /sqlite|^pg$/] },
  "bloodbank/client": { may: ["@33god/holyfields"], never: [/^fastify/] },
  candystore: {
    may: ["@33god/holyfields", "@33god/bloodbank"],
    never: [/^fastify/, /^amqp|^rabbitmq|^@cloudamqp/],
  },
  candybar: { may: ["@33god/holyfields"], never: [/^node:/, /^amqp|^rabbitmq|^@cloudamqp/] },
  platform: {
    may: [
      "@33god/holyfields",
      "@33god/bloodbank",
      "@33god/bloodbank-broker",
      "@33god/candystore",
      "@33god/registry",
      ...services.map((s) => `@33god/${path.basename(s)}`),
    ],
    never: [],
  },
  ...Object.fromEntries(
    services.map((s) => [
      s,
      {
        may:
          s === "services/registry"
            ? ["@33god/holyfields"]
            : ["@33god/holyfields", "@33god/bloodbank", "@33god/service-kit"],
        never: [/^fastify/, /^@33god\/(candystore|platform|bloodbank-broker)/],
      },
    ]),
  ),
};

function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(file);
    else if (/\.(ts|tsx|mts)$/.test(entry.name) && !entry.name.endsWith(".d.ts")) yield file;
  }
}

const importOf =
  /(?:^|\n)(?:import|export)\s(?:[\w\s{},*$]*?\sfrom\s)?["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)/g;
const findings = [];
let checked = 0;

for (const [folder, { may, never }] of Object.entries(walls)) {
  const home = path.join(root, folder);
  const manifest = JSON.parse(readFileSync(path.join(home, "package.json"), "utf8"));
  const named = new Set([
    ...Object.keys(manifest.dependencies ?? {}),
    ...Object.keys(manifest.peerDependencies ?? {}),
    // The page is bundled: what it imports is needed to build it, not to run it.
    ...(folder === "candybar" ? Object.keys(manifest.devDependencies ?? {}) : []),
  ]);
  for (const file of sources(path.join(home, "src"))) {
    const where = path.relative(root, file);
    for (const match of readFileSync(file, "utf8").matchAll(importOf)) {
      const target = match[1] ?? match[2];
      checked += 1;
      if (target.startsWith(".")) {
        const reached = path.relative(home, path.resolve(path.dirname(file), target));
        if (reached.startsWith(".."))
          findings.push(`${where}: "${target}" reaches out of ${folder}/; import the package by its name`);
        continue;
      }
      const parts = target.split("/");
      const name = target.startsWith("@") ? parts.slice(0, 2).join("/") : parts[0];
      if (never.some((pattern) => pattern.test(target) || pattern.test(name)))
        findings.push(`${where}: ${folder} must not know ${target}`);
      else if (name.startsWith("@33god/") && name !== manifest.name && !may.includes(name))
        findings.push(
          `${where}: the wall between ${folder} and ${name} has no door; ${folder} may import ${may.join(", ") || "no other package"}`,
        );
      else if (!isBuiltin(target) && name !== manifest.name && !named.has(name))
        findings.push(`${where}: ${name} is not among the dependencies of ${folder}/package.json`);
    }
  }
}

for (const finding of findings) console.error(finding);
console.error(
  `walls: ${checked} imports in ${Object.keys(walls).length} packages, ${findings.length} through a wall`,
);
process.exit(findings.length > 0 ? 1 : 0);
