import { defineConfig } from "vitest/config";

const source = ["@33god/source", "node", "default"];

export default defineConfig({
  // Tests run on the sources, without a build; processes and workers that a test starts run what is in dist/.
  resolve: { conditions: source },
  ssr: { resolve: { conditions: source } },
  test: {
    include: ["**/test/**/*.test.ts", "**/test/**/*.test.tsx"],
    exclude: ["**/node_modules/**", "**/dist/**", "services/templates/**"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
