/**
 * The platform as a Model Context Protocol server, for AI agents: contracts, history, traces, dead letters; and where
 * it was allowed, publishing. Every tool answers JSON, and a refusal as the sentence that a person would read.
 */
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import type { PlatformClient } from "../api/client.js";
import { addReadTools } from "./read-tools.js";
import { addWriteTools } from "./write-tools.js";

export interface McpOptions {
  readonly version: string;
  /** Whether events may be published and dead letters be sent again. */
  readonly allowWrite: boolean;
}

const ABOUT = `Bloodbank carries typed events between services. Every event has a contract: look it up with get_contract
before you publish, and check with validate_event. trace_event tells what caused an event and what came of it.`;

/** Not connected yet. */
export function mcpServer(client: PlatformClient, { version, allowWrite }: McpOptions): McpServer {
  const server = new McpServer({ name: "bloodbank", version }, { instructions: ABOUT });
  addReadTools(server, client);
  if (allowWrite) addWriteTools(server, client);
  return server;
}
