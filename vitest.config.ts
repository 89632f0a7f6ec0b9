import { defineConfig } from 'vitest/config';
import type { ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Slow suites (crash, package, examples) have their own configuration; `.ci/run` runs them all.
    exclude: ['test/e2e/slow/**', '**/node_modules/**'],
    reporters: ['default', './test/support/left-out.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
  },
});
export default config;
