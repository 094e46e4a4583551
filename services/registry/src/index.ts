/** The service registry: who produces and who consumes what, checked. */
export { type Binding, checkBindings } from "./check/bindings.js";
export { overlap } from "./check/routing.js";
export { withDerivedSections } from "./derive/rewrite.js";
export { type DerivedSections, derivedSections } from "./derive/sections.js";
export { type Finding, RULES, type RuleId } from "./finding.js";
export { type LoadedRegistry, type LoadOptions, loadRegistry } from "./load.js";
export {
  LAYERS,
  type Layer,
  type QueueEntry,
  queuesOf,
  type Registry,
  type Role,
  type RunEntry,
  rolesOf,
  type ServiceEntry,
  startable,
} from "./registry.js";
export { toSarif } from "./sarif.js";
export { queueName, withExternalProducer, withService } from "./template/add-service.js";
export { renderTemplate, type TemplateFile, type TemplateValues } from "./template/render.js";
