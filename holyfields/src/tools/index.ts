export { loadSchemaSet } from "../catalog/load.js";
export { COMPATIBILITY_RULES } from "../compare/advice.js";
export { type CompareOptions, compareSchemas, MODES } from "../compare/compare.js";
export { type GenerateOptions, generate, type Target, writeFiles } from "../generate/generate.js";
export { bundleContract, bundleForeign, bundleSchema } from "../govern/bundle.js";
export { type CheckOptions, checkSchemas, DEFAULT_MODE, subjectModes } from "../govern/check.js";
export { diffSchemas, placeOf, renderChanges } from "../govern/diff.js";
export {
  hashOf,
  type Ledger,
  ledgerFile,
  type Revision,
  readLedger,
  updateLedger,
  writeLedger,
} from "../govern/ledger.js";
export { type Scaffold, type ScaffoldOptions, scaffoldSchema, writeScaffold } from "../govern/scaffold.js";
export { filesAgainst, filesAtRevision } from "../govern/source.js";
export { type LintOptions, lintSchemas } from "../lint/lint.js";
export { LINT_RULES, type LintRule, type LintRuleName } from "../lint/rules.js";
export { type AsyncApiOptions, type AsyncApiService, asyncApi } from "../publish/async-api.js";
export { type CloudEvent, fromCloudEvent, toCloudEvent } from "../publish/cloud-events.js";
export { type DocsOptions, docsSite } from "../publish/docs-site.js";
export { parseSchema } from "../schema/read-files.js";
export * from "./contract.js";
