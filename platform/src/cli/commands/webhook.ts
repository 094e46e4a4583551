/** `bb webhook`: events to addresses outside, by Standard Webhooks. */
import { action, asJson, type Define, several } from "../command.js";
import { CliError } from "../errors.js";
import { EXIT } from "../exit-codes.js";
import { table } from "../terminal/table.js";

interface Webhook {
  readonly id: string;
  readonly url: string;
  readonly types?: readonly string[];
  readonly state?: string;
  readonly delivered?: number;
  readonly failed?: number;
  readonly secret?: string;
  readonly last_error?: string | null;
}

export const defineWebhook: Define = (parent, terminal) => {
  const webhook = parent
    .command("webhook")
    .summary("send events to addresses outside")
    .description(
      "Outgoing webhooks: events that match are delivered to an address, signed and retried (Standard Webhooks).",
    );
  webhook
    .command("list")
    .description("Lists the subscriptions.")
    .action(
      action(terminal, async ({ options, platform }) => {
        const answer = await platform().json<{ readonly webhooks: readonly Webhook[] }>("/api/v1/webhooks");
        if (options.json) terminal.out(asJson(answer));
        else if (answer.webhooks.length === 0) terminal.note("no webhooks; `bb webhook add` makes one");
        else
          for (const line of table<Webhook>(
            [
              { title: "id", value: ({ id }) => id },
              { title: "events", value: ({ types = [] }) => types.join(" ") },
              { title: "to", value: ({ url }) => url },
              { title: "state", value: ({ state }) => state ?? "" },
              { title: "delivered", value: ({ delivered }) => String(delivered ?? ""), align: "right" },
              { title: "failed", value: ({ failed }) => String(failed ?? ""), align: "right" },
              { title: "last error", value: ({ last_error }) => last_error ?? "", paint: terminal.paint.red },
            ],
            answer.webhooks,
            terminal.paint.bold,
          ))
            terminal.out(line);
        return EXIT.ok;
      }),
    );
  webhook
    .command("add")
    .description("Subscribes an address. The secret, where none is given, is made and shown once.")
    .argument("<address>", "http or https")
    .requiredOption("-t, --type <pattern>", "an event type, or a pattern with * and # (repeatable)", several)
    .option("--secret <secret>", "for the signature: whsec_ and base64")
    .option("--replays", "also what replays publish again; it is held back otherwise")
    .action(
      action<
        { readonly type: readonly string[]; readonly secret?: string; readonly replays?: boolean },
        [string]
      >(terminal, async ({ options, platform }, url) => {
        if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
          throw new CliError("BAD_USAGE", `"${url}" is not an http or https address`);
        const made = await platform().json<Webhook>("/api/v1/webhooks", {
          method: "POST",
          body: {
            url,
            types: options.type,
            ...(options.secret && { secret: options.secret }),
            ...(options.replays && { replays: true }),
          },
        });
        if (options.json) terminal.out(asJson(made));
        else {
          terminal.out(made.id);
          if (made.secret) terminal.note(`its secret, shown this once: ${made.secret}`);
        }
        return EXIT.ok;
      }),
    );
  webhook
    .command("remove")
    .description("Ends a subscription.")
    .argument("<id>", "as `bb webhook list` shows it")
    .action(
      action<object, [string]>(terminal, async ({ platform }, id) => {
        await platform().json(`/api/v1/webhooks/${encodeURIComponent(id)}`, { method: "DELETE" });
        return EXIT.ok;
      }),
    );
  webhook
    .command("resume")
    .description("Delivers again to an address that was held because it answered 410 (gone).")
    .argument("<id>", "as `bb webhook list` shows it")
    .action(
      action<object, [string]>(terminal, async ({ options, platform }, id) => {
        const path = `/api/v1/webhooks/${encodeURIComponent(id)}/resume`;
        const answer = await platform().json<Webhook>(path, { method: "POST", body: {} });
        terminal.out(options.json ? asJson(answer) : `${id} ${answer.state ?? "delivers again"}`);
        return EXIT.ok;
      }),
    );
  webhook
    .command("test")
    .description("Sends a test to the address of a subscription, once, and shows its answer.")
    .argument("<id>", "as `bb webhook list` shows it")
    .action(
      action<object, [string]>(terminal, async ({ options, platform }, id) => {
        const answer = await platform().json<{
          readonly delivered: boolean;
          readonly status?: number;
          readonly error?: string;
        }>(`/api/v1/webhooks/${encodeURIComponent(id)}/test`, { method: "POST", body: {}, deadline: 60_000 });
        if (options.json) terminal.out(asJson(answer));
        else
          terminal.out(
            answer.delivered
              ? `delivered: it answered ${answer.status}`
              : `not delivered: ${answer.error ?? answer.status}`,
          );
        return answer.delivered ? EXIT.ok : EXIT.no;
      }),
    );
  return webhook;
};
