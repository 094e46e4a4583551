/** `bb mcp`: the platform for AI agents, over standard input and output. */
import { action, type Define } from "../command.js";
import { EXIT } from "../exit-codes.js";

export const defineMcp: Define = (parent, terminal) =>
  parent
    .command("mcp")
    .summary("serve the platform to AI agents (Model Context Protocol, stdio)")
    .description(
      `A Model Context Protocol server over standard input and output: contracts, history, traces, services and dead
letters. An agent starts it by itself.`,
    )
    .option("--allow-write", "it may publish events and send dead letters again")
    .addHelpText(
      "after",
      `
In an agent's configuration:
  { "mcpServers": { "bloodbank": { "command": "npx", "args": ["bb", "mcp"] } } }`,
    )
    .action(
      action<{ readonly allowWrite?: boolean }>(terminal, async ({ options, platform }) => {
        const { StdioServerTransport } = await import("@modelcontextprotocol/sdk/server/stdio.js");
        const { mcpServer } = await import("../mcp/server.js");
        const server = mcpServer(platform(), {
          version: parent.version() ?? "0",
          allowWrite: options.allowWrite === true,
        });
        const { signal } = terminal;
        const ended = new Promise<void>((resolve) => {
          server.server.onclose = resolve;
          process.stdin.once("end", resolve);
          signal.addEventListener("abort", () => resolve(), { once: true });
        });
        await server.connect(new StdioServerTransport());
        await ended;
        await server.close();
        return EXIT.ok;
      }),
    );
