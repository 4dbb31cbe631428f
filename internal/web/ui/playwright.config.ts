import { defineConfig } from '@playwright/test'

// Run by the Go test e2e/page, which starts the program at BASE_URL, does with it what the specs ask for at E2E_CONTROL, and
// reads E2E_REPORT. CHROMIUM names the browser.
if (!process.env.BASE_URL || !process.env.E2E_CONTROL) throw new Error('from the top: go test ./e2e/page')

export default defineConfig({
  testDir: 'e2e',
  workers: 1,
  retries: 0,
  forbidOnly: !!process.env.CI,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['json', { outputFile: process.env.E2E_REPORT }]],
  outputDir: process.env.E2E_OUT ?? 'test-results',
  use: {
    baseURL: process.env.BASE_URL,
    viewport: { width: 1440, height: 900 },
    screenshot: 'only-on-failure',
    launchOptions: { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] },
  },
})
