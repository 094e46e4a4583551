/** A new service as a plan that can be shown, and the plan written: all files or none. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { makeFolder } from "@33god/holyfields/folders";
import type { Layer, ServiceEntry } from "@33god/registry";
import { GENERATED } from "../contracts/generated.js";
import { CliError, messageOf } from "../errors.js";
import { draftContracts } from "./draft-contracts.js";
import { findRegistryFile, findTemplate, type RegistryPlace } from "./find-registry.js";

export interface ServiceAnswers {
  readonly name: string;
  readonly domain: string;
  readonly language: "typescript" | "python";
  readonly consumes: readonly string[];
  readonly produces: readonly string[];
  readonly description: string;
  readonly owner: string;
  readonly layer: string;
}

export interface PlannedFile {
  /** Relative to the project's root. */
  readonly file: string;
  readonly content: string;
  readonly what?: string;
  /** It is there already, and is changed. */
  readonly changes?: boolean;
}

export interface ServicePlan {
  readonly answers: ServiceAnswers;
  readonly place: RegistryPlace;
  readonly queue: string;
  /** Relative to the project's root. */
  readonly folder: string;
  readonly files: readonly PlannedFile[];
  /** Event types that get a draft contract. */
  readonly drafts: readonly string[];
  readonly next: readonly string[];
}

export interface Step {
  readonly did: string;
  readonly ok: boolean;
  readonly note?: string;
}

const COMMANDS = {
  typescript: ["node", "dist/main.js"],
  python: ["python3", "run.py"],
} as const;

export async function planService(
  cwd: string,
  answers: ServiceAnswers,
  registry: string | undefined,
): Promise<ServicePlan> {
  const { LAYERS, loadRegistry, overlap, queueName, renderTemplate, withExternalProducer, withService } =
    await import("@33god/registry");
  const place = findRegistryFile(cwd, registry);
  const { name, description, language, layer, consumes, produces } = answers;
  const known: readonly string[] = LAYERS;
  if (!known.includes(layer))
    throw new CliError("BAD_USAGE", `--layer "${layer}" is not a layer`, {
      hint: `one of ${LAYERS.join(", ")}`,
    });
  const target = path.join(place.folder, name);
  const folder = path.relative(place.root, target);
  if (existsSync(target))
    throw new CliError("REFUSED", `${folder} is there already`, { hint: "take another name" });
  const queue = queueName(answers.domain, name);
  const entry: ServiceEntry = {
    name,
    description,
    type: produces.length > 0 ? ["event-consumer", "event-producer"] : "event-consumer",
    layer: layer as Layer,
    queue_name: queue,
    routing_keys: consumes,
    ...(produces.length > 0 && { produces }),
    status: "active",
    owner: answers.owner,
    run: { folder: name, command: COMMANDS[language], ...(language === "python" && { language }) },
  };
  const { registry: now } = loadRegistry(place.file);
  const made = [...produces, ...Object.values(now?.services ?? {}).flatMap((one) => one.produces ?? [])];
  const fromOutside = consumes.filter(
    (key) => !/[*#]/.test(key) && !made.some((pattern) => overlap(pattern, key)),
  );
  const contracts = await draftContracts(place, [...consumes, ...produces], answers.owner);
  const drafts = contracts.map(({ eventType }) => eventType);
  const values = { service: name, description, queue, consumes, produces, drafts };
  return {
    answers,
    place,
    queue,
    folder,
    drafts,
    files: [
      ...renderTemplate(findTemplate(place, language), values).map(({ path: file, content }) => ({
        file: path.join(folder, file),
        content,
      })),
      ...contracts.map(({ file, content, eventType }) => ({
        file,
        content,
        what: `a draft contract for ${eventType}: say what is in it`,
      })),
      {
        file: path.relative(place.root, place.file),
        content: registered(() => {
          const grown = withService(readFileSync(place.file, "utf8"), entry);
          return fromOutside.reduce(withExternalProducer, grown);
        }),
        what: "its entry, and what follows from it",
        changes: true,
      },
      ...(language === "typescript" ? reference(place.root, folder) : []),
    ],
    next: [
      `next: ${path.join(folder, language === "python" ? "src/handler.py" : "src/handler.ts")} is where events are handled`,
      "      `bb service check` checks it, `bb up` starts it with the others",
    ],
  };
}

function registered(grow: () => string): string {
  try {
    return grow();
  } catch (error) {
    throw error instanceof RangeError
      ? new CliError("REFUSED", error.message, {
          cause: error,
          hint: "`bb service check` says how the registry is",
        })
      : error;
  }
}

/** The compiler builds what the root's tsconfig.json names. */
function reference(root: string, folder: string): readonly PlannedFile[] {
  const file = path.join(root, "tsconfig.json");
  if (!existsSync(file)) return [];
  const text = readFileSync(file, "utf8");
  const place = text.lastIndexOf("}", text.lastIndexOf("]"));
  if (!text.includes('"references"') || place < 0) return [];
  const line = `,\n    { "path": ${JSON.stringify(folder.split(path.sep).join("/"))} }`;
  const content = text.slice(0, place + 1) + line + text.slice(place + 1);
  return [{ file: "tsconfig.json", content, what: "so that it is compiled with the others", changes: true }];
}

/** What was written before something failed is taken away again. */
export async function writePlan(
  { place, files, folder, answers, drafts }: ServicePlan,
  build: boolean,
): Promise<readonly Step[]> {
  const undo: (() => void)[] = [];
  try {
    for (const { file, content, changes } of files) {
      const target = path.join(place.root, file);
      const before = changes ? readFileSync(target) : undefined;
      makeFolder(path.dirname(target));
      undo.push(() =>
        before === undefined ? rmSync(target, { force: true }) : writeFileSync(target, before),
      );
      writeFileSync(target, content, { flag: changes ? "w" : "wx" });
    }
  } catch (error) {
    for (const step of undo.reverse()) step();
    rmSync(path.join(place.root, folder), { recursive: true, force: true });
    throw new CliError("CANNOT_WRITE", `the service cannot be written: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const steps = drafts.length > 0 ? [await generateTypes(place.root)] : [];
  if (!build || answers.language === "python") return steps;
  return [
    ...steps,
    // A workspace that the lock file does not know stops the next `npm ci`. All its dependencies are here already.
    run(
      "npm",
      [
        "install",
        "--package-lock-only",
        "--offline",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
      ],
      place.root,
    ),
    run(
      process.execPath,
      [path.join(place.root, "node_modules/typescript/bin/tsc"), "-b", folder],
      place.root,
    ),
  ];
}

/** The compiler has to know the new event types before a handler names one. */
async function generateTypes(root: string): Promise<Step> {
  const did = "generate types from the contracts";
  const { generate, writeFiles } = await import("@33god/holyfields/tools");
  try {
    for (const [target, place] of GENERATED) {
      const folder = path.join(root, "holyfields", place);
      if (existsSync(folder))
        writeFiles(generate({ target, from: path.join(root, "holyfields", "schemas") }), folder);
    }
    return { did, ok: true };
  } catch (error) {
    return { did, ok: false, note: messageOf(error) };
  }
}

function run(command: string, args: readonly string[], cwd: string): Step {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8" });
  const shown = command === process.execPath ? `tsc ${args.slice(1).join(" ")}` : `npm ${args[0]}`;
  if (status === 0) return { did: shown, ok: true };
  return {
    did: shown,
    ok: false,
    note: error?.message ?? `${stdout}${stderr}`.trim().split("\n").slice(-3).join(" "),
  };
}
