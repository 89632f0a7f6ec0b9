import { defineConfig } from 'vitest/config';
import type { ViteUserConfig } from 'vitest/config';

/** The suites that take minutes or need the built package: `npm run test:slow`, `npm run crash`. One at a time, because they count and measure. */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/e2e/slow/**/*.test.ts'],
    testTimeout: 600_000,
    hookTimeout: 180_000,
    fileParallelism: false,
    reporters: ['verbose'],
  },
});
export default config;
