// Photographs the market at a running program, in both themes: node picture.mjs URL FOLDER
import { join } from 'node:path'
import { chromium } from '@playwright/test'

const [url, folder] = process.argv.slice(2)
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
for (const colorScheme of ['light', 'dark']) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 810 }, colorScheme, reducedMotion: 'reduce' })
  await page.goto(url + '/#market')
  await page.getByRole('img', { name: /candles of/ }).waitFor()
  await page.waitForTimeout(3000) // prices of some seconds
  await page.screenshot({ path: join(folder, `market-${colorScheme}.png`) })
}
await browser.close()
