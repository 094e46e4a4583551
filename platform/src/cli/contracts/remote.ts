/** The contracts of a running platform, as a folder of schema files, each with what it refers to there. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { makeFolder } from "@33god/holyfields/folders";
import type { ContractAnswer } from "../api/answers.js";
import { PlatformClient } from "../api/client.js";
import { findPlatform } from "../api/find-platform.js";
import { CliError } from "../errors.js";
import type { Terminal } from "../terminal/terminal.js";

export async function fetchedContracts(
  url: string,
  terminal: Terminal,
): Promise<{ readonly folder: string; remove(): void }> {
  const { EVENT_TYPE, fileNameOf, VERSION } = await import("@33god/holyfields");
  const client = new PlatformClient(findPlatform(terminal, url), terminal);
  const { contracts } = await client.json<{ readonly contracts: readonly ContractAnswer[] }>(
    "/schemas/catalog",
  );
  const folder = mkdtempSync(path.join(tmpdir(), "bb-contracts-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    for (const { event_type, version } of contracts) {
      // They become the names of files, and the address may be anybody's.
      if (!EVENT_TYPE.test(event_type) || !VERSION.test(version))
        throw new CliError(
          "NOT_UNDERSTOOD",
          `${url} has a contract ${JSON.stringify(event_type)} ${JSON.stringify(version)}, which is no name of one`,
          { hint: "is that address a platform's, and of a version that this bb knows?" },
        );
      const { schema } = await client.json<ContractAnswer>(
        `/schemas/${encodeURIComponent(event_type)}/${encodeURIComponent(version)}?bundle=true`,
      );
      const file = path.join(folder, fileNameOf(event_type, version));
      makeFolder(path.dirname(file));
      writeFileSync(file, JSON.stringify(schema));
    }
    return { folder, remove };
  } catch (error) {
    remove();
    throw error;
  }
}
