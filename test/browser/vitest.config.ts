import { defineConfig } from 'vitest/config';

/** One browser, one file after the other: two shared cores do not carry more. */
export default defineConfig({
  test: {
    include: ['test/browser/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
