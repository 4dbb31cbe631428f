import { execFileSync } from 'node:child_process'
import { expect, mocked, play, test } from './page'

test.beforeEach(async ({ page }) => {
  if (mocked) await play(page, 'ok')
})

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
  if (!mocked) return
  await page.getByRole('button', { name: 'It is not JSON' }).click()
  await expect(page.locator('[data-record]')).toHaveText('<script>alert("dead")</script>')
  await expect(page.getByText('<i>kcat</i>')).toBeVisible()
})

test('what is wrong stands first, in words, with what to try', async ({ page }) => {
  test.skip(!mocked, 'the program’s own test takes Kafka away')
  await play(page, 'broken')
  await page.goto('/#pipeline')
  await expect(page.getByRole('alert')).toHaveText('Kafka does not answer at 127.0.0.1:9092')
  const problem = page.locator('.problem')
  await expect(problem).toContainText('Nothing is lost.')
  await expect(problem).toContainText('ticklake topics')
  await expect(page.locator('[data-station=kafka]')).toHaveAttribute('data-state', 'broken')
  await expect(page.locator('[data-station=sql]')).toContainText('stale')
})

// E2E_RESTART is a command that ends the server and starts it again at the same address.
test('a server that is started again under an open page is joined again', async ({ page, errors }) => {
  test.skip(!mocked && !process.env.E2E_RESTART, 'nobody says how to start the server again: E2E_RESTART')
  await page.goto('/#market')
  const price = page.locator('[data-price]')
  await expect(price).toHaveText(/\d/)
  if (mocked) await page.request.post('/mock/restart')
  else execFileSync('/bin/sh', ['-c', process.env.E2E_RESTART!], { stdio: 'inherit' })
  await expect(page.getByText(/Live, \d+ updates\/s/)).toBeVisible({ timeout: 30_000 })
  const before = await price.textContent()
  await expect(price).not.toHaveText(before!)
  // while it was away the browser itself writes that a request failed; anything else is an error
  errors.splice(0, errors.length, ...errors.filter((e) => !/^Failed to load resource|net::ERR/.test(e)))
})
