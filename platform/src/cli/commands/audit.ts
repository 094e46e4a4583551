/** `bb audit verify`: whether the record is as it was written. */
import type { AuditReport } from "@33god/candystore";
import { action, asJson, type Define } from "../command.js";
import { EXIT } from "../exit-codes.js";

export const defineAudit: Define = (parent, terminal) => {
  const audit = parent
    .command("audit")
    .summary("prove that the record is as it was written")
    .description("The record's hash chain: each event's hash holds that of the one before it.");
  audit
    .command("verify")
    .description(
      "Goes through the whole record, and names the first event that was altered, removed or inserted.",
    )
    .action(
      action(terminal, async ({ options, platform }) => {
        const report = await platform().json<AuditReport>("/api/v1/store/verify", {
          method: "POST",
          body: {},
          deadline: 0,
        });
        const { intact, verified, removed, checkpoints, head, broken } = report;
        const { paint } = terminal;
        if (options.json) terminal.out(asJson(report));
        else {
          terminal.out(
            intact ? paint.green("the record is as it was written") : paint.red("the record was altered"),
          );
          terminal.out(
            `  ${verified} events verified, ${removed} removed by retention and proven by their hash`,
          );
          terminal.out(`  ${checkpoints} checkpoints; head ${head.hash} at position ${head.position}`);
          if (broken !== undefined)
            terminal.out(
              paint.red(
                `  position ${broken.position}${broken.event_id ? ` (${broken.event_id})` : ""}: ${broken.message}`,
              ),
            );
        }
        return intact ? EXIT.ok : EXIT.no;
      }),
    );
  return audit;
};
