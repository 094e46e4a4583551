// The contracts of the fixture server: the real ones, read as files, and a second version of one of them.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** The real contracts: what the page shows in tests is what it shows in earnest. */
export function contracts() {
  const folder = path.join(import.meta.dirname, "../../holyfields/schemas");
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".schema.json") && !name.startsWith("core"))
    .sort()
    .map((name) => {
      const schema = JSON.parse(readFileSync(path.join(folder, name), "utf8"));
      return {
        event_type: schema.properties.event_type.const,
        version: schema.properties.version.const,
        title: schema.title,
        description: schema.description,
        owner: schema["x-owner"],
        stability: schema["x-stability"],
        examples: schema.examples,
        schema,
      };
    });
}

/** As the platform names them; `worktree.created` is shown as if its branch had once been free to be left out. */
export const revisionsOf = (event_type) => ({
  event_type,
  revisions: (event_type === "worktree.created" ? [1, 2] : [1]).map((revision) => ({
    name: `v1.${revision}`,
    version: "v1",
    revision,
  })),
});

export const diffOf = (event_type, from, to) =>
  from === to
    ? { event_type, from, to, compatible: true, changes: [], findings: [] }
    : {
        event_type,
        from,
        to,
        compatible: false,
        changes: [
          {
            kind: "added",
            pointer: "/properties/payload/required",
            message: "payload.branch is required now",
          },
        ],
        findings: [
          {
            rule: "REQUIRED_ADDED",
            direction: "backward",
            verdict: "incompatible",
            pointer: "/properties/payload/required",
            message: "payload.branch must be there, and was free to be absent.",
            advice: "Let it be optional, or make it a new version.",
            witness: { event_type, version: "v1", payload: { repo: "bloodbank" } },
          },
        ],
      };
