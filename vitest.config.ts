import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const source = ["@33god/source", "node", "default"];

/**
 * The files that take longest, most of it waiting. A machine that ran the suite before knows how long each file took;
 * on one that did not, small files come last, and these would run on alone.
 */
const LONGEST = [
  "faults/test/cluster.test.ts",
  "docs/test/snippets.test.ts",
  "faults/test/faults.test.ts",
  "candystore/test/faults/faults.test.ts",
  "candybar/test/real-platform.test.ts",
  "platform/test/pipeline.test.ts",
  "python/test/publisher.test.ts",
  "python/test/clients.test.ts",
  "platform/test/cli/service-new.test.ts",
  "platform/test/many-services.test.ts",
  "bloodbank/broker/test/dead-letter/at-least-once.test.ts",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = LONGEST.findIndex((file) => moduleId.endsWith(`/${file}`));
      return at === -1 ? LONGEST.length : at;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  // Tests run on the sources, without a build; processes and workers that a test starts run what is in dist/.
  resolve: { conditions: source },
  ssr: { resolve: { conditions: source } },
  test: {
    include: ["**/test/**/*.test.ts", "**/test/**/*.test.tsx"],
    exclude: ["**/node_modules/**", "**/dist/**", "services/templates/**"],
    pool: "forks",
    // Twice what CI has of cores: half of a file's time it waits for a broker, a process or a retry.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    // How long to wait for what never happens. No test states a time.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
