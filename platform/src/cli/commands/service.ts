/** `bb service`: who produces and consumes what, and the processes that do it. */
import type { Define } from "../command.js";
import { defineServiceCheck } from "./service-check.js";
import { defineServiceList } from "./service-list.js";
import { defineServiceNew } from "./service-new.js";
import { defineServiceRun } from "./service-run.js";

export const defineService: Define = (parent, terminal) => {
  const service = parent
    .command("service")
    .summary("list, check and write services, and look after their processes")
    .description(
      "Services: who produces and who consumes what (services/registry.yaml), and the processes that do it.",
    );
  defineServiceList(service, terminal);
  defineServiceNew(service, terminal);
  defineServiceCheck(service, terminal);
  defineServiceRun(service, terminal);
  return service;
};
