import { defineConfig } from 'vitest/config';
import type { ViteUserConfig } from 'vitest/config';

/** The suites that need real servers, which `npm run servers -- install` installs: `npm run test:servers`. Each file starts its own on loopback, and ends it. */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.server.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
    reporters: ['default'],
  },
});
export default config;
