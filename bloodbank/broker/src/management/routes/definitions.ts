import { applyDefinitions, exportDefinitions } from "../../definitions/index.js";
import { BrokerError } from "../../errors.js";
import { type Answer, badRequest, noContent, ok } from "../answer.js";
import type { Request } from "../request.js";
import { type Route, route } from "../route-table.js";

export const definitionRoutes: readonly Route[] = [
  route("GET", "/definitions", "administrator", ({ broker }) => ok(exportDefinitions(broker))),
  route("GET", "/definitions/:vhost", "administrator", (request) =>
    ok(exportDefinitions(request.broker, request.vhost)),
  ),
  route("POST", "/definitions", "administrator", (request) => apply(request)),
  route("POST", "/definitions/:vhost", "administrator", (request) => apply(request, request.vhost)),
];

function apply(request: Request, vhost?: string): Answer {
  try {
    applyDefinitions(request.broker, request.json(), vhost);
  } catch (error) {
    if (error instanceof BrokerError) throw badRequest(error.message);
    throw error;
  }
  return noContent;
}
