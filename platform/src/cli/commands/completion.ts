/** `bb completion`: for the shell, made from the commands themselves. */
import { Argument, type Command } from "commander";
import { action, type Define } from "../command.js";
import { EXIT } from "../exit-codes.js";

export const defineCompletion: Define = (parent, terminal) =>
  parent
    .command("completion")
    .summary("print shell completion for bash, zsh or fish")
    .description("Prints the completion of commands and options for a shell.")
    .addArgument(new Argument("<shell>").choices(["bash", "zsh", "fish"]))
    .addHelpText(
      "after",
      `
Examples:
  eval "$(bb completion bash)"
  bb completion fish > ~/.config/fish/completions/bb.fish`,
    )
    .action(
      action<object, ["bash" | "zsh" | "fish"]>(terminal, async (_, shell) => {
        terminal.out(SHELLS[shell](wordsOf(parent)));
        return EXIT.ok;
      }),
    );

interface Words {
  /** The words before, as `dlq list`; empty for `bb` itself. */
  readonly path: string;
  /** Whether it takes a file. */
  readonly files: boolean;
  readonly commands: readonly { readonly name: string; readonly summary: string }[];
  readonly options: readonly { readonly flag: string; readonly summary: string }[];
}

/** What may come after each command. */
function wordsOf(program: Command): readonly Words[] {
  const shared = optionsOf(program);
  const visit = (command: Command, path: string): readonly Words[] => [
    {
      path,
      files: command.registeredArguments.some((argument) => /file|payload/.test(argument.name())),
      commands: command.commands.map((child) => ({
        name: child.name(),
        summary: line(child.summary() || child.description()),
      })),
      options: [...(command === program ? [] : optionsOf(command)), ...shared],
    },
    ...command.commands.flatMap((child) => visit(child, `${path} ${child.name()}`.trim())),
  ];
  return visit(program, "");
}

const optionsOf = ({ options }: Command) =>
  options.flatMap(({ long, description }) => (long ? [{ flag: long, summary: line(description) }] : []));

const line = (text: string): string => text.split("\n")[0]?.replace(/['"`\\$[\]:]/g, "") ?? "";

const SHELLS = {
  bash: (words: readonly Words[]) => `_bb() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac
  done
  local words=""
  while :; do
    case "$path" in
${words.map(({ path, commands, options }) => `      "${path}") words="${[...commands.map(({ name }) => name), ...options.map(({ flag }) => flag)].join(" ")}" ;;`).join("\n")}
    esac
    [ -n "$words" ] || [ -z "$path" ] && break
    case "$path" in *" "*) path="\${path% *}" ;; *) path="" ;; esac
  done
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _bb bb`,

  zsh: (words: readonly Words[]) => `#compdef bb
_bb() {
  # "path" is what zsh calls PATH as a list.
  local at="" word
  local -a candidates
  for word in "\${(@)words[2,CURRENT-1]}"; do
    [[ $word == -* ]] || at="\${at:+$at }$word"
  done
  while :; do
    case "$at" in
${words.map(({ path, commands, options }) => `      "${path}") candidates=(${[...commands.map(({ name, summary }) => `'${name}:${summary}'`), ...options.map(({ flag, summary }) => `'${flag}:${summary}'`)].join(" ")}) ;;`).join("\n")}
    esac
    (( \${#candidates} )) || [[ -z $at ]] && break
    [[ $at == *" "* ]] && at="\${at% *}" || at=""
  done
  _describe 'bb' candidates || _files
}
compdef _bb bb`,

  fish: (words: readonly Words[]) =>
    [
      "function __bb_at",
      "  set -l words (string match -v -- '-*' (commandline -opc)[2..-1])",
      `  set -l known ${words
        .filter(({ path }) => path !== "")
        .map(({ path }) => `'${path}'`)
        .join(" ")}`,
      "  # What is no command is an argument, and comes last.",
      '  while set -q words[1]; and not contains -- "$words" $known',
      "    set -e words[-1]",
      "  end",
      '  test "$words" = "$argv"',
      "end",
      "complete -c bb -f",
      ...words.flatMap(({ path, files, commands, options }) => [
        ...(files ? [`complete -c bb -n '__bb_at ${path}' -F`] : []),
        ...commands.map(
          ({ name, summary }) => `complete -c bb -n '__bb_at ${path}' -a ${name} -d '${summary}'`,
        ),
        ...options.map(
          ({ flag, summary }) => `complete -c bb -n '__bb_at ${path}' -l ${flag.slice(2)} -d '${summary}'`,
        ),
      ]),
    ].join("\n"),
} as const;
