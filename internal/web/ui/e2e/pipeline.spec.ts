import { expect, restart, test, withoutKafka } from './page'

test('counts rise', async ({ page }) => {
  await page.goto('/#pipeline')
  const end = page.getByRole('region', { name: 'Partitions' }).locator('[data-end]').first()
  await expect(end).toHaveText(/\d/)
  const read = async () => Number(await end.getAttribute('data-end'))
  const before = await read()
  await expect.poll(read).toBeGreaterThan(before)
  await expect(page.getByRole('region', { name: 'Cuts' }).getByText('in the lake').first()).toBeVisible()
})

test('a dead letter is shown as the record that it is', async ({ page }) => {
  await page.goto('/#pipeline')
  await expect(page.locator('[data-record]')).not.toBeEmpty()
  await page.getByRole('button', { name: 'Not JSON' }).click()
  await expect(page.locator('[data-record]')).toHaveText('<script>alert("dead")</script>')
  await expect(page.getByText('<i>kcat</i>')).toBeVisible()
})

test('what is wrong stands first, in words, with what to try', async ({ page }) => {
  await page.goto((await withoutKafka()) + '/#pipeline')
  await expect(page.getByRole('alert')).toHaveText(/^Kafka does not answer at 127.0.0.1:\d+$/)
  const problem = page.locator('.problem')
  await expect(problem).toContainText('Nothing is lost.')
  await expect(problem).toContainText('ticklake topics')
  await expect(page.locator('[data-station=kafka]')).toHaveAttribute('data-state', 'broken')
  await expect(page.locator('[data-station=sql]')).toContainText('stale')
})

test('a server that is started again under an open page is joined again', async ({ page, errors }) => {
  await page.goto('/#market')
  const price = page.locator('[data-price]')
  await expect(price).toHaveText(/\d/)
  await restart()
  await expect(page.getByText(/Live, \d+ updates\/s/)).toBeVisible({ timeout: 30_000 })
  const before = await price.textContent()
  await expect(price).not.toHaveText(before!)
  // while it was away the browser itself writes that a request failed; anything else is an error
  errors.splice(0, errors.length, ...errors.filter((e) => !/^Failed to load resource|net::ERR/.test(e)))
})
