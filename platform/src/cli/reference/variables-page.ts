/** `docs/reference/configuration.md`, made from the table of variables. */
import { VARIABLES, type Variable } from "../../config/variables.js";

export function variablesPage(): string {
  const rows = Object.entries<Variable>(VARIABLES).map(
    ([name, { description, fallback }]) =>
      `| \`${name}\` | ${fallback === undefined ? "" : `\`${fallback}\``} | ${description} |`,
  );
  return `# Configuration

<!-- Written by \`npm run reference -w platform\`; a test compares. -->

The platform is configured by environment variables alone. \`bb config\` shows each with its value and where that came
from. A wrong value stops the start, with exit code 78 and a line for each; a name that begins with \`BLOODBANK_\` and is
not known is a warning. An empty value is as good as none.

Each can be given as a file instead: \`<NAME>_FILE\` names it, as container platforms hand out secrets. Where both are
set, the variable itself counts. Relative paths are relative to the folder that the platform is started in.

| variable | default | |
|---|---|---|
${rows.join("\n")}

A default port that is taken is replaced by the next free one, and the start says so; one that was set is not.

\`bb\` itself reads \`BLOODBANK_URL\` and \`BLOODBANK_TOKEN\` ([the same as its options](cli.md#everywhere)), and to find the
platform \`BLOODBANK_HTTP_PORT\`, \`BLOODBANK_HOST\` and \`BLOODBANK_DATA_DIR\`. What a service reads when it runs by itself is
told in [services/](../../services/README.md).
`;
}
