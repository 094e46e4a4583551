/** `docs/reference/problems.md`, made from the table of problem codes. */

interface Row {
  readonly status: number;
  readonly title: string;
  readonly hint?: string;
}

export function problemsPage(problems: Readonly<Record<string, Row>>): string {
  const rows = Object.entries(problems).map(
    ([code, { status, title, hint = "" }]) => `| \`${code}\` | ${status} | ${title} | ${hint} |`,
  );
  return `# Problems

Whatever the HTTP API refuses is answered with a problem document (RFC 9457, \`application/problem+json\`): \`code\` is
stable and never reused, \`detail\` holds the offending value, \`violations\` every place that is wrong as a JSON Pointer,
\`nearest\` the names that may have been meant, \`hint\` what to do.

| code | status | means | what to do |
|---|---|---|---|
${rows.join("\n")}
`;
}
