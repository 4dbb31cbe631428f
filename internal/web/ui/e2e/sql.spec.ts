import { readFileSync } from 'node:fs'
import { expect, test } from './page'

test.beforeEach(async ({ page }) => {
  await page.goto('/#sql')
  await expect(page.getByLabel('SQL statement')).not.toBeEmpty()
})

test('a statement is answered with rows, types, time, bytes and price', async ({ page }) => {
  const box = page.getByLabel('SQL statement')
  await box.fill('SELECT symbol, count(*) AS ticks FROM ticks GROUP BY symbol')
  await box.press('Control+Enter')
  await expect(page.locator('[data-rows]')).toHaveText(/^[\d,]+ rows? in [\d.]+ m?s/)
  const rows = page.getByRole('region', { name: 'Rows' })
  await expect(rows.getByRole('columnheader').nth(1)).toContainText('varchar')
  await expect(rows.locator('tbody tr').first()).toContainText(/\w/)
  await expect(page.getByText(/scanned .* at Athena’s list price/)).toBeVisible()
  await expect(page.locator('.history button').first()).toContainText('SELECT symbol')
})

test('an error is underlined where it is', async ({ page }) => {
  await page.getByLabel('SQL statement').fill('SELECT symbol,\n       prcie\nFROM ticks')
  await page.getByRole('button', { name: /^Run/ }).click()
  await expect(page.getByRole('alert')).toContainText('prcie')
  await expect(page.getByText('Line 2, column 8')).toBeVisible()
  await expect(page.locator('.ed .bad')).toHaveText('prcie')
  await page.getByRole('button', { name: 'Go there' }).click()
  expect(await page.getByLabel('SQL statement').evaluate((t: HTMLTextAreaElement) => t.selectionStart)).toBe('SELECT symbol,\n       '.length)
})

test('a running statement is cancelled', async ({ page }) => {
  await page.getByLabel('SQL statement').fill('SELECT count(*) FROM ticks a, ticks b, ticks c WHERE a.price + b.price > c.price')
  await page.getByRole('button', { name: /^Run/ }).click()
  await expect(page.getByText(/^Running, /)).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByText(/^Cancelled after/)).toBeVisible()
})

test('ten thousand rows are there, and only those that are seen are drawn', async ({ page }) => {
  await page.getByLabel('SQL statement').fill("SELECT 'S' || CAST(n AS varchar) AS symbol FROM UNNEST(sequence(0, 9999)) AS t(n) ORDER BY n")
  await page.getByRole('button', { name: /^Run/ }).click()
  const rows = page.getByRole('region', { name: 'Rows' })
  await expect(rows.getByText('S0', { exact: true })).toBeVisible()
  await rows.evaluate((e) => (e.scrollTop = e.scrollHeight))
  await expect(rows.getByText('S9999', { exact: true })).toBeVisible()
  expect(await rows.locator('tbody tr').count()).toBeLessThan(120)
})

test('an answer is downloaded as CSV', async ({ page }) => {
  await page.getByLabel('SQL statement').fill('SELECT symbol FROM ticks GROUP BY symbol')
  await page.getByRole('button', { name: /^Run/ }).click()
  const coming = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Download CSV' }).click()
  const file = await (await coming).path()
  expect(readFileSync(file, 'utf8')).toMatch(/^"?symbol"?/)
})
