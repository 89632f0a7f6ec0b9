import { defineConfig } from 'vitest/config';
import type { ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Slow suites (crash, package, examples) and those that need a real server have their own configurations; `.ci/run` runs them all.
    exclude: ['test/e2e/slow/**', 'test/**/*.server.test.ts', '**/node_modules/**'],
    reporters: ['default', './test/support/left-out.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
  },
});
export default config;
