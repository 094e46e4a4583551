/** A text that a regular expression most likely matches: the shortest way through it. Checked by whoever uses it. */
export function textFromPattern(pattern: string, rounds = 0): string {
  return new Walk(pattern, rounds).text();
}

class Walk {
  readonly #source: string;
  /** How often an unbounded repetition goes round beyond its least. */
  readonly #rounds: number;
  #at = 0;

  constructor(source: string, rounds: number) {
    this.#source = source;
    this.#rounds = rounds;
  }

  text(): string {
    return this.#alternatives();
  }

  #alternatives(): string {
    const first = this.#sequence();
    while (this.#source[this.#at] === "|") {
      this.#at += 1;
      this.#sequence();
    }
    return first;
  }

  #sequence(): string {
    let out = "";
    for (;;) {
      const c = this.#source[this.#at];
      if (c === undefined || c === "|" || c === ")") return out;
      out += this.#repeated(this.#atom());
    }
  }

  #repeated(one: string): string {
    const match = /^(?:([*+?])|\{([0-9]+)(?:(,)([0-9]*))?\})\??/.exec(this.#source.slice(this.#at));
    if (match === null) return one;
    this.#at += match[0].length;
    const least = match[1] === undefined ? Number(match[2]) : match[1] === "+" ? 1 : 0;
    const open = match[1] === "*" || match[1] === "+" || (match[3] === "," && match[4] === "");
    return one.repeat(Math.min(least + (open ? this.#rounds : 0), 500));
  }

  #atom(): string {
    const c = String.fromCodePoint(this.#source.codePointAt(this.#at)!);
    this.#at += c.length;
    if (c === "^" || c === "$") return "";
    if (c === ".") return "a";
    if (c === "(") {
      const look = /^\?(?:<?[=!])/.exec(this.#source.slice(this.#at));
      const named = /^\?(?::|<[^>=!]*>)/.exec(this.#source.slice(this.#at));
      this.#at += look?.[0].length ?? named?.[0].length ?? 0;
      const inner = this.#alternatives();
      this.#at += 1;
      return look === null ? inner : "";
    }
    if (c === "[") return this.#class();
    if (c === "\\") return this.#escape();
    return c;
  }

  #escape(): string {
    const c = this.#source[this.#at]!;
    this.#at += 1;
    if (c === "u" || c === "x") {
      const length = c === "u" ? 4 : 2;
      const code = Number.parseInt(this.#source.slice(this.#at, this.#at + length), 16);
      this.#at += length;
      return String.fromCodePoint(code);
    }
    const known: Record<string, string> = {
      d: "0",
      w: "a",
      s: " ",
      D: "a",
      W: "-",
      S: "a",
      n: "\n",
      t: "\t",
      r: "\r",
      b: "",
      B: "",
    };
    return known[c] ?? c;
  }

  #class(): string {
    const negated = this.#source[this.#at] === "^";
    if (negated) this.#at += 1;
    const first: string[] = [];
    const start = this.#at;
    while (this.#source[this.#at] !== "]") {
      const c = String.fromCodePoint(this.#source.codePointAt(this.#at)!);
      this.#at += c.length;
      first.push(c === "\\" ? this.#escape() : c);
    }
    const body = this.#source.slice(start, this.#at);
    this.#at += 1;
    if (!negated) return first[0] ?? "";
    const outside = new RegExp(`[^${body}]`, "u");
    return ["a", "0", "A", "-", " ", "~"].find((c) => outside.test(c)) ?? "é";
  }
}
