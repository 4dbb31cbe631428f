import { defineConfig } from '@playwright/test'

// Against BASE_URL, a running ticklake; without it, against the mock server here. CHROMIUM names the browser.
const port = process.env.MOCK_PORT ?? '8656'
const mocked = !process.env.BASE_URL

export default defineConfig({
  testDir: 'e2e',
  workers: 1,
  retries: 0,
  forbidOnly: !!process.env.CI,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: 'list',
  outputDir: process.env.E2E_OUT ?? 'test-results',
  use: {
    baseURL: process.env.BASE_URL ?? `http://127.0.0.1:${port}`,
    viewport: { width: 1440, height: 900 },
    launchOptions: { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] },
  },
  ...(mocked && { webServer: { command: `node mock/server.mjs --port ${port}`, url: `http://127.0.0.1:${port}/api/v1/about`, reuseExistingServer: false } }),
})
