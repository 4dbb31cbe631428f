import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const root = new URL('./', import.meta.url)
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((f) => /\.(svelte|ts)$/.test(f) && !/\.(test|d)\.ts$/.test(f))
const read = (name: string) => readFileSync(new URL(name, root), 'utf8')

// What comes from outside is text. These ways of making it markup, or code, are not used at all.
test.each(sources)('%s puts nothing into the page but text', (name) => {
  expect(read(name)).not.toMatch(/\{@html|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc/)
})

// The server's policy refuses styles and handlers that are written into markup.
test.each(sources.filter((f) => f.endsWith('.svelte')))('%s has no style or handler in its markup', (name) => {
  expect(read(name)).not.toMatch(/\sstyle=|\son[a-z]+="/)
})
