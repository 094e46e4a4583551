/** The result of a run as a page of the docs. */
export function summary({ seed, node, at, systems, clients }) {
  const losses = [...systems, ...clients].flatMap((each) => each.losses);
  return [
    "# What the crash harness found",
    "",
    "`npm run test:full` kills a running system again and again, under load, at random moments, and balances a ledger",
    "after each kill; `npm test` does so a few times. Accounted for means: every webhook that was answered with 202 has",
    "its file, once, and its three events in the store; every event whose `publish` resolved is in the store, and had its",
    "effect made by a consumer with an inbox exactly once, in the order of publishing. What was not confirmed is not counted.",
    "",
    "By hand: `node faults/run.mjs --kills 100 --client 100000`; `--seed` repeats a run, `--write` writes this page.",
    "",
    `The last run that was written down: ${at.slice(0, 10)}, Node ${node}, seed ${seed}.`,
    "",
    `**Losses: ${losses.length === 0 ? "none" : losses.length}**`,
    ...losses.slice(0, 50).map((loss) => `- ${loss}`),
    "",
    ...(systems.length > 0 ? systemTable(systems) : []),
    ...(clients.length > 0 ? clientTable(clients) : []),
  ].join("\n");
}

const systemTable = (systems) => [
  "## The system",
  "",
  "| layout | kills | of these | webhooks accepted | events confirmed | seconds |",
  "|---|---:|---|---:|---:|---:|",
  ...systems.map(
    ({ layout, kills, killed, webhooks, events, seconds }) =>
      `| ${layout} | ${kills} | ${Object.entries(killed)
        .map(([name, count]) => `${count} × ${name}`)
        .join(", ")} | ${webhooks} | ${events} | ${seconds} |`,
  ),
  "",
  "Everything is ended by `kill -9`, but for the recorder's worker thread, which an error that nobody catches ends inside its process.",
  "",
];

const clientTable = (clients) => [
  "## The client alone",
  "",
  "Connections cut at random moments by a proxy between publisher, consumer and broker; handlers that throw, hang past",
  "their deadline, and end their process.",
  "",
  "| broker | events | connections cut | handlers that threw | hung | ended the process | effects | seconds |",
  "|---|---:|---:|---:|---:|---:|---:|---:|",
  ...clients.map(
    (c) =>
      `| ${c.broker} | ${c.events} | ${c.cuts} | ${c.thrown} | ${c.hung} | ${c.exits} | ${c.effects} | ${c.seconds} |`,
  ),
  "",
];
