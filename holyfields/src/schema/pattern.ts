/**
 * Regular expressions that JavaScript and Python read alike, and that end. A small reader for the part of the
 * syntax that both share: it finds what only one of them knows, what means different things in them, and
 * repetition inside repetition, which takes exponential time on a text that almost matches.
 */
import { textFromPattern } from "./text-from-pattern.js";

export interface PatternFault {
  readonly message: string;
  readonly hint: string;
}

interface Node {
  /** Repeats without bound, or holds something that does. */
  readonly unbounded: boolean;
  /** May match the empty text. */
  readonly empty: boolean;
  /** Repeats, with nothing fixed between the rounds. */
  readonly star: boolean;
  /** One text can be read as rounds of either alternative. */
  readonly ambiguous?: boolean;
}

class Refused extends Error {
  readonly hint: string;
  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

const CLASS_HINTS: Readonly<Record<string, string>> = {
  d: "Write [0-9]: in Python \\d is every digit of Unicode.",
  D: "Write [^0-9].",
  w: "Write [A-Za-z0-9_]: in Python \\w is every letter of Unicode.",
  W: "Write [^A-Za-z0-9_].",
  s: "Write the spaces that you mean, such as [ \\t\\n].",
  S: "Write the characters that you mean, such as [^ \\t\\n].",
  b: "Write the characters that may stand there.",
  B: "Write the characters that may stand there.",
};

/** Why a pattern can't be used at all, or undefined. */
export function patternFault(pattern: string): PatternFault | undefined {
  try {
    new RegExp(pattern, "u");
  } catch (error) {
    return {
      message: `The pattern ${JSON.stringify(pattern)} is not a regular expression: ${(error as Error).message.replace(/^.*?: \/.*\/[a-z]*: /s, "")}.`,
      hint: "It is read with JavaScript's u flag.",
    };
  }
  try {
    new Reader(pattern, "usable").read();
    return undefined;
  } catch (error) {
    if (error instanceof Refused)
      return { message: `The pattern ${JSON.stringify(pattern)} ${error.message}.`, hint: error.hint };
    throw error;
  }
}

/**
 * What in a usable pattern is not read alike by all engines as it stands; the first such thing, or undefined.
 * `translated`: leave out what `toPython` writes for Python in Python's own way.
 */
export function unportable(pattern: string, translated = false): PatternFault | undefined {
  try {
    new Reader(pattern, translated ? "translated" : "portable").read();
    return undefined;
  } catch (error) {
    if (error instanceof Refused)
      return { message: `The pattern ${JSON.stringify(pattern)} ${error.message}.`, hint: error.hint };
    throw error;
  }
}

/** A shortest text of one alternative is also rounds of another. */
const overlap = (sources: readonly string[]): boolean =>
  sources.some((source, i) =>
    sources.some((other, j) => i !== j && new RegExp(`^(?:${other})+$`, "u").test(textFromPattern(source))),
  );

class Reader {
  readonly #text: string;
  readonly #asked: "usable" | "translated" | "portable";
  #at = 0;

  constructor(text: string, asked: "usable" | "translated" | "portable") {
    this.#text = text;
    this.#asked = asked;
  }

  read(): void {
    while (this.#at < this.#text.length) {
      this.#alternatives();
      if (this.#text[this.#at] === ")") this.#at += 1;
    }
  }

  /** Read otherwise by Python, and nothing that `toPython` could write would be read alike. */
  #unportable(message: string, hint: string) {
    if (this.#asked !== "usable") throw new Refused(message, hint);
  }

  /** Read otherwise by Python, where `toPython` has not translated it. */
  #translated(message: string, hint: string) {
    if (this.#asked === "portable") throw new Refused(message, hint);
  }

  #alternatives(): Node {
    const sources: string[] = [];
    const nodes: Node[] = [];
    for (;;) {
      const start = this.#at;
      nodes.push(this.#sequence());
      sources.push(this.#text.slice(start, this.#at));
      if (this.#text[this.#at] !== "|") break;
      this.#at += 1;
    }
    return {
      unbounded: nodes.some((node) => node.unbounded),
      empty: nodes.some((node) => node.empty),
      star: nodes.some((node) => node.star),
      ambiguous: nodes.some((node) => node.ambiguous) || overlap(sources),
    };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    for (;;) {
      const c = this.#text[this.#at];
      if (c === undefined || c === "|" || c === ")") break;
      parts.push(this.#quantified());
    }
    return {
      unbounded: parts.some((part) => part.unbounded),
      empty: parts.every((part) => part.empty),
      // All of it can be swallowed by one repetition inside: nothing fixed separates two rounds.
      star: parts.some((part) => part.unbounded) && parts.every((part) => part.unbounded || part.empty),
      ambiguous: parts.length === 1 && parts[0]!.ambiguous === true,
    };
  }

  #quantified(): Node {
    const atom = this.#atom();
    const match = /^(?:[*+?]|\{[0-9]+(?:,[0-9]*)?\})\??/.exec(this.#text.slice(this.#at, this.#at + 32));
    if (match === null) return atom;
    this.#at += match[0].length;
    const text = match[0];
    const bounds = /^\{([0-9]+)(,?)([0-9]*)\}/.exec(text);
    const least = bounds ? Number(bounds[1]) : text[0] === "+" ? 1 : 0;
    const most = bounds
      ? bounds[2] === ""
        ? least
        : bounds[3] === ""
          ? Number.POSITIVE_INFINITY
          : Number(bounds[3])
      : text[0] === "?"
        ? 1
        : Number.POSITIVE_INFINITY;
    if (most > 10 && atom.ambiguous)
      throw new Refused(
        "repeats alternatives that overlap, which takes exponential time on a text that almost matches",
        "Write alternatives of which only one can match at a place, as in ([a-z]|[0-9])*.",
      );
    if (most > 10 && atom.star)
      throw new Refused(
        "repeats a repetition, which takes exponential time on a text that almost matches",
        "Put a fixed character between the rounds, as in ^[a-z]+(-[a-z]+)*, or repeat once only.",
      );
    if (most > 1000 && most !== Number.POSITIVE_INFINITY)
      throw new Refused("counts beyond 1,000", "Use maxLength for the length.");
    return {
      unbounded: most === Number.POSITIVE_INFINITY || (atom.unbounded && most > 0),
      empty: least === 0 || atom.empty,
      star: most === Number.POSITIVE_INFINITY || atom.star,
    };
  }

  #atom(): Node {
    const one: Node = { unbounded: false, empty: false, star: false };
    const nothing: Node = { unbounded: false, empty: true, star: false };
    const c = this.#text[this.#at]!;
    this.#at += 1;
    if (c === "(") return this.#group();
    if (c === "[") return this.#class();
    if (c === "\\") return this.#escape(false);
    if (c === ".")
      this.#translated(
        "has a dot, which stops at other line ends in JavaScript than in Python",
        "Write [^\\n], or the characters that you mean.",
      );
    if (c === "^") return nothing;
    if (c === "$") {
      if (!this.#text.startsWith("(?!\\n)", this.#at))
        this.#translated(
          "ends with $, which in Python also matches before a last line feed",
          "Write $(?!\\n), which means the same to both.",
        );
      return nothing;
    }
    const code = c.codePointAt(0)!;
    if (code >= 0xd800 && code <= 0xdbff) this.#at += 1;
    return one;
  }

  #group(): Node {
    const rest = this.#text.slice(this.#at);
    const look = /^\?(?:[=!]|<[=!])/.exec(rest)?.[0];
    if (look?.startsWith("?<"))
      this.#unportable(
        "looks behind, which Python does for fixed lengths only",
        "Use two patterns in allOf.",
      );
    const named = look === undefined ? /^\?<[^>]*>/.exec(rest)?.[0] : undefined;
    if (named) this.#unportable("names a group, which Python writes (?P<…>)", "Use (?:…).");
    this.#at += look?.length ?? named?.length ?? (rest.startsWith("?:") ? 2 : 0);
    const node = this.#alternatives();
    this.#at += 1;
    return look === undefined ? node : { unbounded: false, empty: true, star: false };
  }

  #class(): Node {
    if (this.#text[this.#at] === "^") this.#at += 1;
    let first = true;
    while (this.#text[this.#at] !== "]") {
      const c = this.#text[this.#at]!;
      if (c === "[" && !first)
        this.#translated("has [ in a class, which Python warns about", "Write \\[ there.");
      if (/^(?:--|&&|\|\||~~)/.test(this.#text.slice(this.#at, this.#at + 2)))
        this.#translated(
          "has a doubled sign in a class, which Python keeps for set operations",
          "Escape it.",
        );
      this.#at += 1;
      if (c === "\\") this.#escape(true);
      first = false;
    }
    this.#at += 1;
    return { unbounded: false, empty: false, star: false };
  }

  #escape(inClass: boolean): Node {
    const c = this.#text[this.#at]!;
    this.#at += 1;
    if (Object.hasOwn(CLASS_HINTS, c)) {
      const message = `has \\${c}, which means more in Python`;
      if ((inClass ? "dws" : "dDwWsS").includes(c)) this.#translated(message, CLASS_HINTS[c]!);
      else this.#unportable(message, CLASS_HINTS[c]!);
    }
    if (c === "p" || c === "P") {
      this.#unportable(`has \\${c}{…}, which Python does not know`, "Write the ranges that you mean.");
      this.#at = this.#text.indexOf("}", this.#at) + 1;
    }
    if (c === "u") {
      if (this.#text[this.#at] === "{") {
        this.#unportable("has \\u{…}, which Python does not know", "Write the character itself.");
        this.#at = this.#text.indexOf("}", this.#at) + 1;
      } else {
        const code = Number.parseInt(this.#text.slice(this.#at, this.#at + 4), 16);
        if (code >= 0xd800 && code <= 0xdfff)
          this.#unportable("has half of a surrogate pair", "Write the character itself.");
        this.#at += 4;
      }
    }
    if (c === "x") this.#at += 2;
    if (c === "c") {
      this.#unportable("has \\c, which Python does not know", "Write \\u and four digits.");
      this.#at += 1;
    }
    if (/[0-9k]/.test(c)) this.#unportable("refers back or has an octal number", "Write it out.");
    // Python refuses to escape letters that mean nothing; of signs, JavaScript's u flag admits these.
    const empty = !inClass && (c === "b" || c === "B");
    return { unbounded: false, empty, star: false };
  }
}

/** The same expression for Python's `re`, to be used with `search`; for patterns that are read alike once translated. */
export function toPython(pattern: string): string {
  let out = "";
  let inClass = false;
  for (let i = 0; i < pattern.length; i += 1) {
    const c = pattern[i]!;
    if (c === "\\") {
      const next = pattern[i + 1]!;
      i += 1;
      const wide: Record<string, string> = inClass
        ? { d: "0-9", w: "A-Za-z0-9_", s: SPACES, "/": "/" }
        : {
            d: "[0-9]",
            D: "[^0-9]",
            w: "[A-Za-z0-9_]",
            W: "[^A-Za-z0-9_]",
            s: `[${SPACES}]`,
            S: `[^${SPACES}]`,
            "/": "/",
          };
      if (Object.hasOwn(wide, next)) out += wide[next];
      else out += c + next;
    } else if (inClass) {
      if (c === "]") inClass = false;
      out += c === "[" || c === "&" || c === "~" || c === "|" ? `\\${c}` : c;
    } else if (c === "[") {
      inClass = true;
      out += c;
      if (pattern[i + 1] === "^") {
        out += "^";
        i += 1;
      }
    } else if (c === "$") out += "\\Z";
    else if (c === ".") out += "[^\\n\\r\\u2028\\u2029]";
    else out += c;
  }
  return out;
}

const SPACES = "\\t\\n\\v\\f\\r \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff";
