import { faultOf, type Policy, type PolicyKind } from "../../policy/index.js";
import { created, invalid, missing, noContent, ok } from "../answer.js";
import { policyOf } from "../declarations.js";
import { listed } from "../listing.js";
import { type Route, route } from "../route-table.js";
import type { Json } from "../rows.js";

export const policyRoutes: readonly Route[] = [
  ...ofKind("policy", "/policies", "policymaker"),
  ...ofKind("operator-policy", "/operator-policies", "administrator"),
  // Parameters belong to plugins (federation, shovels), of which there are none here.
  route("GET", "/parameters", "policymaker", () => ok([])),
  route("GET", "/parameters/:component", "policymaker", () => ok([])),
  route("GET", "/parameters/:component/:vhost", "policymaker", () => ok([])),
  route("GET", "/parameters/:component/:vhost/:name", "policymaker", () => {
    throw missing();
  }),
  route("PUT", "/parameters/:component/:vhost/:name", "policymaker", (request) => {
    throw invalid(`component ${request.param("component")} not found`);
  }),
  route("GET", "/global-parameters", "policymaker", () => ok([])),
  route("GET", "/vhost-limits", "management", () => ok([])),
  route("GET", "/vhost-limits/:vhost", "management", () => ok([])),
  route("GET", "/user-limits", "management", () => ok([])),
  route("GET", "/user-limits/:user", "management", () => ok([])),
];

function ofKind(kind: PolicyKind, path: string, role: "policymaker" | "administrator"): readonly Route[] {
  return [
    route("GET", path, "management", (request) =>
      ok(listed(request.visible(request.broker.policies.list(kind)).map(policyJson), request.query)),
    ),
    route("GET", `${path}/:vhost`, "management", (request) =>
      ok(listed(request.broker.policies.list(kind, request.vhost).map(policyJson), request.query)),
    ),
    route("GET", `${path}/:vhost/:name`, "management", (request) => {
      const policy = request.broker.policies.get(kind, request.vhost, request.param("name"));
      if (policy === undefined) throw missing();
      return ok(policyJson(policy));
    }),
    route("PUT", `${path}/:vhost/:name`, role, (request) => {
      const { vhost } = request;
      const name = request.param("name");
      const policy = policyOf(vhost, name, request.json("pattern", "definition"));
      const fault = faultOf(kind, policy);
      if (fault !== undefined) throw invalid(fault);
      const exists = request.broker.policies.get(kind, vhost, name) !== undefined;
      request.broker.policies.put(kind, policy);
      return exists ? noContent : created;
    }),
    route("DELETE", `${path}/:vhost/:name`, role, (request) => {
      if (!request.broker.policies.delete(kind, request.vhost, request.param("name"))) throw missing();
      return noContent;
    }),
  ];
}

function policyJson({ vhost, name, pattern, applyTo, definition, priority }: Policy): Json {
  return { vhost, name, pattern, "apply-to": applyTo, definition, priority };
}
