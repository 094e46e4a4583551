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
  if (missing.length > 0 && !terminal.interactive)
    throw new CliError("BAD_USAGE", `a new service needs ${missing.join(" and ")}`, {
      hint: "bb service new artifact-greeter --consumes artifact.created",
    });
  const named = checked(
    "the name",
    name ?? (await ask("What is it called?", "artifact-greeter", nameProblem)),
    nameProblem,
  );
  const consumes = checked(
    "--consumes",
    options.consumes ?? (await ask("Which events does it consume?", "artifact.created", patternProblem)),
    patternProblem,
  );
  const language =
    options.language ??
    (missing.length > 0 ? await choose("In which language?", ["typescript", "python"]) : "typescript");
  const produces = options.produces ?? [];
  for (const type of produces) checked("--produces", type, typeProblem);
  const first = consumes.split(".")[0] ?? "";
  const domain = options.domain ?? (/^[a-z]/.test(first) ? first : (named.split("-")[0] ?? named));
  if (!/^[a-z][a-z0-9_]*$/.test(domain))
    throw new CliError("BAD_USAGE", `--domain "${domain}" is not one word in lower case`);
  return {
    name: named,
    domain,
    language,
    consumes,
    produces,
    description: options.description ?? `Consumes ${consumes}.`,
    owner: options.owner,
    layer: options.layer,
  };
}

type Problem = (value: string) => string | undefined;

const nameProblem: Problem = (value) =>
  NAME.test(value) ? undefined : "write it in kebab-case, as artifact-greeter";
const patternProblem: Problem = (value) =>
  PATTERN.test(value) ? undefined : "write an event type as artifact.created, or a pattern as artifact.*";
const typeProblem: Problem = (value) =>
  TYPE.test(value) ? undefined : "write an event type in two to four words, as artifact.created";

function checked(what: string, value: string, problem: Problem): string {
  const wrong = problem(value);
  if (wrong !== undefined)
    throw new CliError("BAD_USAGE", `${what}: "${value}" cannot be used`, { hint: wrong });
  return value;
}

async function ask(message: string, placeholder: string, problem: Problem): Promise<string> {
  const { isCancel, text } = await import("@clack/prompts");
  const answer = await text({
    message,
    placeholder,
    output: process.stderr,
    validate: (value) => problem(value ?? ""),
  });
  if (isCancel(answer)) throw new CliError("BAD_USAGE", "nothing was written");
  return answer;
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
