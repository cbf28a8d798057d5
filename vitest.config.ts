import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"], testTimeout: 60_000 } },
      { test: { name: "preview", include: ["test/preview/**/*.test.ts"], testTimeout: 120_000, hookTimeout: 300_000 } },
      {
        test: {
          name: "lab",
          include: ["test/lab/lab.test.ts", "test/lab/zoneFile.test.ts", "test/lab/existingRecords.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          sequence: { concurrent: false },
        },
      },
      {
        test: {
          name: "story",
          include: ["test/lab/debian*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          sequence: { concurrent: false },
        },
      },
    ],
  },
});
