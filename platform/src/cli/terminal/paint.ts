/** Colours, where the terminal shows them and nobody forbade them (no-color.org, force-color.org). */

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
} as const;

export type Colour = keyof typeof CODES;
export type Paint = Readonly<Record<Colour, (text: string) => string>>;

export function painter(env: Readonly<Record<string, string | undefined>>, isTerminal: boolean): Paint {
  const coloured = wanted(env, isTerminal);
  const entries = Object.entries(CODES).map(([name, [on, off]]) => [
    name,
    coloured ? (text: string) => `\x1b[${on}m${text}\x1b[${off}m` : (text: string) => text,
  ]);
  // Each entry is one of `CODES`.
  return Object.fromEntries(entries) as Paint;
}

function wanted(env: Readonly<Record<string, string | undefined>>, isTerminal: boolean): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== "0" && env.FORCE_COLOR !== "false";
  return isTerminal && env.TERM !== "dumb";
}

/** The domains of one stream in colours that stay with them. */
const DOMAIN_COLOURS: readonly Colour[] = ["cyan", "green", "magenta", "blue", "yellow"];

/** An event type in the colour of its domain. */
export function paintType(paint: Paint, type: string, text = type): string {
  const domain = type.split(".", 1)[0] ?? "";
  let sum = 0;
  for (const sign of domain) sum = (sum * 31 + (sign.codePointAt(0) ?? 0)) % 9_973;
  return paint[DOMAIN_COLOURS[sum % DOMAIN_COLOURS.length] ?? "cyan"](text);
}
