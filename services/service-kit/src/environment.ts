/** The environment of a service, read once in its `main.ts` and checked: a wrong value stops the start. */

export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable has a value that cannot be used. The message is meant for the person who set it. */
export class BadVariable extends Error {
  readonly code = "BAD_VARIABLE";
  readonly variable: string;

  constructor(variable: string, message: string) {
    super(`${variable}: ${message}`);
    this.name = "BadVariable";
    this.variable = variable;
  }
}

/** The variable's value without surrounding space; `undefined` where it is missing or empty. */
export function text(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === "" ? undefined : value;
}

/** An `http:` or `https:` address. */
export function httpUrl(env: Environment, name: string): string | undefined {
  const value = text(env, name);
  if (value === undefined) return undefined;
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol))
    throw new BadVariable(name, `"${value}" is not an http or https address`);
  return value;
}

/** Milliseconds, or any other whole number from `least` on. */
export function wholeNumber(env: Environment, name: string, least: number): number | undefined {
  const value = text(env, name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < least)
    throw new BadVariable(name, `"${value}" is not a whole number from ${least} on`);
  return number;
}

export function oneOf<T extends string>(
  env: Environment,
  name: string,
  choices: readonly T[],
): T | undefined {
  const value = text(env, name);
  if (value === undefined) return undefined;
  const choice = choices.find((candidate) => candidate === value.toLowerCase());
  if (choice === undefined) throw new BadVariable(name, `"${value}" is none of ${choices.join(", ")}`);
  return choice;
}
