import { type Finding, RULES } from "./finding.js";

/**
 * The findings as SARIF 2.1.0 (OASIS), which code scanners read.
 *
 * @param uri the registry's path, relative to the repository's root
 */
export function toSarif(findings: readonly Finding[], uri: string): object {
  const rules = Object.entries(RULES).map(([id, text]) => ({ id, shortDescription: { text } }));
  return {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "bb service check", rules } },
        results: findings.map(({ rule, severity, message, hint, line, column, pointer, service }) => ({
          ruleId: rule,
          ruleIndex: rules.findIndex(({ id }) => id === rule),
          level: severity,
          message: { text: hint === undefined ? message : `${message}; ${hint}` },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri },
                ...(line !== undefined && { region: { startLine: line, startColumn: column ?? 1 } }),
              },
              logicalLocations: [
                { fullyQualifiedName: pointer, ...(service !== undefined && { name: service }) },
              ],
            },
          ],
        })),
      },
    ],
  };
}
