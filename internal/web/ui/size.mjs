// Prints the gzip bytes of the first load: all that index.html asks for, and itself.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const dist = new URL('./dist/', import.meta.url)
const index = readFileSync(new URL('index.html', dist), 'utf8')
let sum = 0
for (const name of ['index.html', ...[...index.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map((m) => m[1])]) {
  const n = gzipSync(readFileSync(new URL(name, dist)), { level: 9 }).length
  sum += n
  console.log(String(n).padStart(8), name)
}
console.log(String(sum).padStart(8), 'in all')
