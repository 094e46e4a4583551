/** The reference page of `bb`, from the commands themselves. */
import type { Command } from "commander";
import { EXIT_MEANINGS } from "../exit-codes.js";

/** Markdown; the same commands give the same text. */
export function renderReference(program: Command): string {
  return `${[
    "# The bb command",
    "<!-- Written by `npm run reference -w platform`; a test compares. -->",
    `${program.description()} \`npx bb <command>\` at the project's root, or \`bb\` where it is installed.`,
    "The platform is found by `--url`, then `BLOODBANK_HTTP_PORT`, then `.bloodbank/platform.json` here or in a folder above (`BLOODBANK_DATA_DIR` names another), then `http://127.0.0.1:8682`.",
    "## Everywhere",
    options(program),
    "Answers go to standard output, everything said about them to standard error. `NO_COLOR` and `FORCE_COLOR` are respected.",
    "| exit code | |\n|---|---|",
  ].join(
    "\n\n",
  )}\n${EXIT_MEANINGS.map(([code, meaning]) => `| ${code} | ${meaning} |`).join("\n")}\n\n${program.commands
    .flatMap((command) => section(command, "bb", 2))
    .join("\n\n")}\n`;
}

function section(command: Command, before: string, level: number): readonly string[] {
  const name = `${before} ${command.name()}`;
  if (command.name() === "help") return [];
  const leaf = command.commands.length === 0;
  return [
    `${"#".repeat(level)} ${name}`,
    plain(command.description()),
    ...(leaf || command.options.length > 0 ? [`\`\`\`\n${name} ${command.usage()}\n\`\`\``] : []),
    ...(command.registeredArguments.length > 0 ? [argumentsOf(command)] : []),
    ...(command.options.length > 0 ? [options(command)] : []),
    ...command.commands.flatMap((child) => section(child, name, level + 1)),
  ];
}

function argumentsOf(command: Command): string {
  const rows = command.registeredArguments.map(
    (argument) =>
      `| \`${argument.required ? `<${argument.name()}>` : `[${argument.name()}]`}\` | ${cell(choices(argument.description, argument.argChoices))} |`,
  );
  return ["| argument | |", "|---|---|", ...rows].join("\n");
}

function options(command: Command): string {
  const rows = command.options.map(({ flags, description, defaultValue, argChoices, envVar }) => {
    const text = [
      choices(description, argChoices),
      ...(envVar === undefined ? [] : [`(\`${envVar}\`)`]),
      ...(defaultValue === undefined || defaultValue === true || defaultValue === false
        ? []
        : [`[${String(defaultValue)}]`]),
    ].join(" ");
    return `| \`${flags}\` | ${cell(text)} |`;
  });
  return ["| option | |", "|---|---|", ...rows].join("\n");
}

const choices = (text: string, values: readonly string[] | undefined): string =>
  [text, ...(values === undefined ? [] : [values.map((value) => `\`${value}\``).join(", ")])]
    .filter((part) => part !== "")
    .join(": ");

const plain = (text: string): string => text.replace(/\s*\n\s*/g, " ");
const cell = (text: string): string => plain(text).replaceAll("|", "\\|");
