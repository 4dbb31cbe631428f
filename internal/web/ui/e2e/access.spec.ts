import { empty, expect, test, violations, withoutKafka } from './page'

const views = ['market', 'pipeline', 'sql', 'insights', 'insights/daily_trend']

for (const theme of ['light', 'dark'] as const) {
  for (const view of views) {
    test(`axe finds nothing wrong with #${view}, ${theme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
      await page.goto('/#' + view)
      await expect(page.locator('[data-station=sql]')).toBeVisible()
      await page.waitForTimeout(1500)
      expect(await violations(page)).toEqual([])
    })
  }
}

for (const [state, program] of [['there is no tick yet', empty], ['Kafka is away', withoutKafka]] as const) {
  test(`axe finds nothing wrong when ${state}`, async ({ page }) => {
    const url = await program()
    await page.emulateMedia({ reducedMotion: 'reduce' })
    for (const view of ['market', 'pipeline']) {
      await page.goto(`${url}/#${view}`)
      await page.waitForTimeout(1000)
      expect(await violations(page)).toEqual([])
    }
  })
}

test('at a phone’s width nothing is wider than the screen, and the dock leads everywhere', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 })
  await page.goto('/#market')
  for (const name of ['Pipeline', 'SQL', 'Insights', 'Market']) {
    await page.getByRole('navigation', { name: 'Views, at the foot' }).getByRole('link', { name }).click()
    await page.waitForTimeout(600)
    expect(await page.evaluate(() => [document.documentElement.scrollWidth, document.querySelector('main')!.scrollWidth])).toEqual([390, 390])
    expect(await violations(page)).toEqual([])
  }
})
