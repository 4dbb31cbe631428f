import { empty, expect, test } from './page'

test('the price of the symbol that is shown moves, and so does its row', async ({ page }) => {
  await page.goto('/#market')
  const price = page.locator('[data-price]')
  await expect(price).toHaveText(/^[\d,]+\.\d\d+$/)
  const before = await price.textContent()
  await expect(price).not.toHaveText(before!)
  await expect(page.locator('.wl tr.on')).toHaveCount(1)
  await expect(page.getByText(/Live, \d+ updates\/s/)).toBeVisible()
})

test('the chart has its twin as a table, one key away, with the same newest bar', async ({ page }) => {
  await page.goto('/#market')
  await expect(page.getByRole('img', { name: /candles of 1 m with volume/ })).toBeVisible()
  await page.keyboard.press('v')
  const table = page.getByRole('region', { name: /^Bars of / })
  await expect(table.locator('tbody tr').first()).toContainText(/\d\d:\d\d:00/)
  const times = await table.locator('tbody tr:not(.gap) td:first-child').allTextContents()
  expect(new Set(times).size).toBe(times.length)
  expect([...times].sort().reverse()).toEqual(times)
  await page.keyboard.press('v')
  await expect(page.getByRole('img', { name: /candles of 1 m/ })).toBeVisible()
})

test('a symbol is opened by its row, and by its address', async ({ page }) => {
  await page.goto('/#market')
  const row = page.locator('.wl tbody tr.row').nth(3)
  const symbol = await row.locator('button.open').textContent()
  await row.click()
  await expect(page.locator('.quote h1')).toHaveText(symbol!)
  await page.reload()
  await expect(page.locator('.quote h1')).toHaveText(symbol!)
})

test('by keyboard alone: views, rows, theme, keys', async ({ page }) => {
  await page.goto('/#market')
  await expect(page.locator('[data-price]')).toBeVisible()
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  const focused = page.locator('.wl button.open:focus')
  await expect(focused).toBeVisible()
  const symbol = await focused.textContent()
  await page.keyboard.press('Enter')
  await expect(page.locator('.quote h1')).toHaveText(symbol!)
  for (const [key, name] of [['p', 'Pipeline'], ['s', 'SQL'], ['i', 'Insights'], ['m', 'Market']]) {
    await page.keyboard.press('g')
    await page.keyboard.press(key!)
    await expect(page.getByRole('navigation', { name: 'Views', exact: true }).getByRole('link', { name: name! })).toHaveAttribute('aria-current', 'page')
  }
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog', { name: 'Keys' })).toBeHidden()
  const theme = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme)
  const before = await theme()
  await page.keyboard.press('d')
  expect(await theme()).not.toBe(before)
})

test('a theme that was chosen is remembered', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light' })
  await page.goto('/#market')
  await page.getByRole('button', { name: 'Switch between light and dark' }).click()
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  await page.reload()
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
})

test('symbols with markup are text', async ({ page }) => {
  await page.goto('/#market')
  await expect(page.getByRole('button', { name: '<img src=x onerror=alert(1)>' })).toBeVisible()
  await page.getByRole('button', { name: '"><script>alert(2)</script>' }).click()
  await expect(page.locator('.quote h1')).toHaveText('"><script>alert(2)</script>')
  expect(await page.locator('main img, main script').count()).toBe(0)
})

test('with no tick yet it says what to do', async ({ page }) => {
  await page.goto((await empty()) + '/#market')
  await expect(page.getByRole('heading', { name: 'No tick has arrived yet' })).toBeVisible()
  await expect(page.getByText('ticklake produce', { exact: true })).toBeVisible()
  await expect(page.getByText('Live, waiting for a tick')).toBeVisible()
})
