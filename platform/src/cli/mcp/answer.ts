import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { CliError } from "../errors.js";

/** What a tool's work gives, as the protocol wants it. */
export async function answer(work: () => Promise<unknown>): Promise<CallToolResult> {
  try {
    const value = await work();
    return { content: [{ type: "text", text: JSON.stringify(value, null, 2) }] };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    const { message, details, hint } = error;
    const lines = [
      message,
      ...details.map((line) => `  ${line}`),
      ...(hint === undefined ? [] : [`hint: ${hint}`]),
    ];
    return { isError: true, content: [{ type: "text", text: lines.join("\n") }] };
  }
}
