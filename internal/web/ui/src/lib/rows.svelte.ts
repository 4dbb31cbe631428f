/** The list of the view that `j`, `k` and Enter move in. */
export interface RowList {
  move(by: 1 | -1): void
  open(): void
}

/** What the keys act on in the view that is shown. A view sets it when it comes, and takes it away when it goes. */
class Acts {
  rows: RowList | null = null
  /** `v`: chart or table. */
  flip: (() => void) | null = null
  /** Esc. */
  close: (() => void) | null = null
}

export const acts = new Acts()
