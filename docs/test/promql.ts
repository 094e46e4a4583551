/** What an expression of Prometheus's asks for: enough of its grammar to know every metric and label that it names. */

export interface Asked {
  readonly metric: string;
  /** Label names in its braces. */
  readonly labels: readonly string[];
}

/** Metrics of ours and of the process, with the labels that select among them. `up` is Prometheus's own. */
export function asked(expr: string): Asked[] {
  return [...expr.matchAll(/\b((?:bloodbank|process|nodejs)_\w+)(?:\{([^}]*)\})?/g)].map(
    ([, metric, braces]) => ({
      metric: String(metric),
      labels: [...(braces ?? "").matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => String(label)),
    }),
  );
}

/** Labels that it groups by, and that a legend or an annotation shows. */
export function shown(expr: string, texts: readonly string[]): string[] {
  const grouped = [...expr.matchAll(/\b(?:by|on)\s*\(([^)]*)\)/g)].flatMap(([, list]) =>
    String(list).split(/\s*,\s*/),
  );
  const written = texts.flatMap((text) => [...text.matchAll(/\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}/g)]);
  return [...grouped, ...written.map(([, label]) => String(label))];
}

/** Every series of a text exposition, as its metric and its label names. */
export function exposed(text: string): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const line of text.split("\n")) {
    const [, metric, braces] = /^(\w+)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    if (metric === undefined) continue;
    const labels = found.get(metric) ?? new Set();
    for (const [, label] of (braces ?? "").matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)) labels.add(String(label));
    found.set(metric, labels);
  }
  return found;
}
