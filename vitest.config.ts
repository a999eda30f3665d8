import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // Much of the time is waiting. By default one core would be left out, which is half of two.
    maxWorkers: '100%',
    projects: [
      // They share nothing but modules, and a process for each file would take longer than its tests.
      { test: { name: 'fast', include: ['test/**/*.unit.test.ts'], isolate: false } },
      {
        test: {
          name: 'real',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.unit.test.ts', '**/node_modules/**'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  },
})
