import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { request, test as base, expect, type Page } from '@playwright/test'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Fixtures {
  /** What the console said that it should not; a test that takes the server away empties it. */
  errors: string[]
}

/** Every test fails on an error in the console, be it a script's, or something that the policy refused. */
export const test = base.extend<Fixtures>({
  errors: [
    async ({ page }, use) => {
      const errors: string[] = []
      page.on('console', (m) => {
        if (m.type() === 'error') errors.push(m.text())
      })
      page.on('pageerror', (e) => errors.push(e.message))
      page.on('dialog', (d) => {
        errors.push('a dialog: ' + d.message())
        void d.dismiss()
      })
      await use(errors)
      expect(errors).toEqual([])
    },
    { auto: true },
  ],
})

export { expect }

/** Asks the test that runs the program, e2e/page, to do something with it. */
async function control(what: string): Promise<string> {
  const asked = await request.newContext()
  const answer = await asked.post(`${process.env.E2E_CONTROL}/${what}`, { timeout: 50_000 })
  const text = await answer.text()
  await asked.dispose()
  if (!answer.ok()) throw new Error(`${what}: ${text}`)
  return text
}

/** Where a program is that has no tick yet. */
export const empty = () => control('empty')

/** Where a program is whose Kafka has gone away. */
export const withoutKafka = () => control('without-kafka')

/** Kills the program at BASE_URL, and starts it again at the same address. */
export const restart = () => control('restart')

/** What axe finds wrong, in short. */
export async function violations(page: Page): Promise<string[]> {
  // Playwright's evaluate is the debugger's: the page's policy does not hold for it, and axe is put nowhere in the page.
  await page.evaluate(axe)
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(o: object): Promise<{ violations: { id: string; nodes: { target: string[]; failureSummary: string }[] }[] }> } }
    const found = await axe.run({ resultTypes: ['violations'] })
    return found.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 4).map((n) => `${n.target.join(' ')} ${n.failureSummary.split('\n')[1]?.trim() ?? ''}`).join(' | ')}`)
  })
}
