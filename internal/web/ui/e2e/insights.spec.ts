import { expect, test } from './page'

test('all fourteen are asked, and one is opened, given a parameter, and taken to SQL', async ({ page }) => {
  await page.goto('/#insights')
  await expect(page.locator('[data-insight]')).toHaveCount(14)
  const tile = page.locator('[data-insight=highest_traded]')
  await expect(tile.getByRole('img')).toBeVisible()
  await tile.getByRole('link', { name: 'Highest traded as a table' }).click()
  await expect(page.getByRole('heading', { name: 'Highest traded', level: 1 })).toBeVisible()
  await page.getByLabel(/^limit/).fill('3')
  await page.getByRole('button', { name: 'Ask' }).click()
  await expect(page.getByRole('region', { name: 'Table' }).locator('tbody tr')).toHaveCount(3)
  await page.getByRole('button', { name: 'Open in SQL' }).click()
  await expect(page.getByLabel('SQL statement')).toHaveValue(/SELECT/)
})

test('one that cannot be answered says what is missing', async ({ page }) => {
  await page.goto('/#insights')
  const tile = page.locator('[data-insight=sma_cross]')
  await expect(tile).toContainText('no symbol has 51 days with data')
})
