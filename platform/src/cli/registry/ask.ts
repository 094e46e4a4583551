/** What a new service is to be: from the flags, and where a person is there, from questions about the rest. */
import type { NewOptions } from "../commands/service-new.js";
import { CliError } from "../errors.js";
import type { Terminal } from "../terminal/terminal.js";
import type { ServiceAnswers } from "./write-service.js";

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const PATTERN = /^([a-z][a-z0-9_]*|\*|#)(\.([a-z][a-z0-9_]*|\*|#)){0,3}$/;
const TYPE = /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){1,3}$/;

export async function askForMissing(
  terminal: Terminal,
  name: string | undefined,
  options: NewOptions,
): Promise<ServiceAnswers> {
  const missing = [
    ...(name === undefined ? ["a name"] : []),
    ...(options.consumes === undefined ? ["--consumes"] : []),
  ];
  const asking = missing.length > 0;
  if (asking && !terminal.interactive)
    throw new CliError("BAD_USAGE", `a new service needs ${missing.join(" and ")}`, {
      hint: "bb service new artifact-greeter --consumes artifact.created",
    });
  const named = checked(
    "the name",
    name ?? (await ask("What is it called?", { placeholder: "artifact-greeter", problem: nameProblem })),
    nameProblem,
  );
  const consumes = words(
    options.consumes ??
      (await ask("Which events does it consume? (spaces between several)", {
        placeholder: "artifact.created",
        problem: (value) => (value.trim() === "" ? patternProblem("") : each(value, patternProblem)),
      })),
  );
  for (const pattern of consumes) checked("--consumes", pattern, patternProblem);
  if (consumes.length === 0) throw new CliError("BAD_USAGE", "--consumes names no event type");
  const produces = words(
    options.produces ??
      (asking
        ? await ask("Which events will it publish? (nothing for none)", {
            placeholder: "",
            problem: (value) => each(value, typeProblem),
          })
        : []),
  );
  for (const type of produces) checked("--produces", type, typeProblem);
  const language =
    options.language ??
    (asking ? await choose("In which language?", ["typescript", "python"]) : "typescript");
  const first = consumes.find((pattern) => /^[a-z]/.test(pattern))?.split(".")[0];
  const likely = first ?? named.split("-")[0] ?? named;
  const domain = checked(
    "--domain",
    options.domain ??
      (asking
        ? await ask("Its domain? (its queue is services.{domain}.{name})", {
            initial: likely,
            problem: domainProblem,
          })
        : likely),
    domainProblem,
  );
  return {
    name: named,
    domain,
    language,
    consumes,
    produces,
    description: options.description ?? `Consumes ${sentence(consumes)}.`,
    owner: options.owner,
    layer: options.layer,
  };
}

/** Several in one text have spaces or commas between them; each counts once. */
function words(given: string | readonly string[]): readonly string[] {
  const texts = typeof given === "string" ? [given] : given;
  return [...new Set(texts.flatMap((text) => text.split(/[\s,]+/)).filter((word) => word !== ""))];
}

function sentence(parts: readonly string[]): string {
  return [parts.slice(0, -1).join(", "), parts.at(-1)].filter((part) => part !== "").join(" and ");
}

type Problem = (value: string) => string | undefined;

const nameProblem: Problem = (value) =>
  NAME.test(value) ? undefined : "write it in kebab-case, as artifact-greeter";
const patternProblem: Problem = (value) =>
  PATTERN.test(value) ? undefined : "write an event type as artifact.created, or a pattern as artifact.*";
const typeProblem: Problem = (value) =>
  TYPE.test(value) ? undefined : "write an event type in two to four words, as artifact.created";

const domainProblem: Problem = (value) =>
  /^[a-z][a-z0-9_]*$/.test(value) ? undefined : "write one word in lower case, as artifact";

const each = (value: string, problem: Problem): string | undefined =>
  words(value)
    .map(problem)
    .find((wrong) => wrong !== undefined);

function checked(what: string, value: string, problem: Problem): string {
  const wrong = problem(value);
  if (wrong !== undefined)
    throw new CliError("BAD_USAGE", `${what}: "${value}" cannot be used`, { hint: wrong });
  return value;
}

interface Question {
  readonly placeholder?: string;
  readonly initial?: string;
  readonly problem: Problem;
}

async function ask(message: string, { placeholder, initial, problem }: Question): Promise<string> {
  const { isCancel, text } = await import("@clack/prompts");
  const answer = await text({
    message,
    ...(placeholder !== undefined && { placeholder }),
    ...(initial !== undefined && { initialValue: initial }),
    output: process.stderr,
    validate: (value) => problem(value ?? ""),
  });
  if (isCancel(answer)) throw new CliError("BAD_USAGE", "nothing was written");
  // An empty answer comes as nothing at all.
  return answer ?? "";
}

async function choose<const Value extends string>(message: string, values: readonly Value[]): Promise<Value> {
  const { isCancel, select } = await import("@clack/prompts");
  const answer: unknown = await select({
    message,
    options: values.map((value) => ({ value: value as string, label: value })),
    output: process.stderr,
  });
  const chosen = values.find((value) => value === answer);
  if (isCancel(answer) || chosen === undefined) throw new CliError("BAD_USAGE", "nothing was written");
  return chosen;
}
