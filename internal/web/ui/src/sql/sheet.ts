import type { Row } from '../api/types'

/** How many rows are asked for at once. */
export const page = 1000

/** The rows of an answer, fetched as they are looked at. */
export class Sheet {
  private readonly rows: (Row | undefined)[] = []
  private readonly asked = new Set<number>()
  /** Why rows could not be had; '' is that they could. */
  failed = ''

  constructor(
    readonly length: number,
    private readonly fetch: (from: number, limit: number) => Promise<Row[]>,
    private readonly changed: () => void,
  ) {}

  at(i: number): Row | undefined {
    return this.rows[i]
  }

  /** Asks for the pages that hold these rows, each once. */
  want(from: number, to: number): void {
    for (let p = Math.floor(Math.max(0, from) / page); p * page < Math.min(to, this.length); p++) {
      if (this.asked.has(p)) continue
      this.asked.add(p)
      this.fetch(p * page, page).then(
        (rows) => {
          rows.forEach((r, i) => (this.rows[p * page + i] = r))
          this.failed = ''
          this.changed()
        },
        (e: unknown) => {
          this.failed = e instanceof Error ? e.message : String(e)
          this.asked.delete(p)
          this.changed()
        },
      )
    }
  }
}
