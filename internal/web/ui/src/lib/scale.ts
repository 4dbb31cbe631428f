/** Round values of an axis between two, about `want` of them, and two at least. */
export function ticks(lo: number, hi: number, want: number): number[] {
  if (!(hi > lo) || want < 1) return []
  const raw = (hi - lo) / want
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = [1, 2, 5, 10].map((k) => k * power).find((k) => k >= raw * 0.999)!
  const out: number[] = []
  for (let i = Math.ceil(lo / step - 1e-9); i * step <= hi * (1 + 1e-12) + step * 1e-9; i++) out.push(i * step + 0) // never −0
  return out.length < 2 && want < 32 ? ticks(lo, hi, want * 2) : out
}

/** How many decimals tell a step of an axis apart. */
export function places(values: readonly number[]): number {
  if (values.length < 2) return 2
  const step = Math.abs(values[1]! - values[0]!)
  return Math.min(9, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)))
}

/** A line through points; where a value is null it breaks. */
export function path(values: readonly (number | null)[], x: (i: number) => number, y: (v: number) => number): string {
  let out = ''
  let pen = false
  values.forEach((v, i) => {
    if (v === null) pen = false
    else {
      out += `${pen ? 'L' : 'M'}${x(i).toFixed(1)} ${y(v).toFixed(1)}`
      pen = true
    }
  })
  return out
}

/** How many of the newest values say what a history's scale is. */
export const recent = 60

/**
 * Where the scale of a history ends: at its highest value, except where that is of a burst that is over and would press all
 * that came after it flat. Then it is what the newest values reach, with some room, and `beyond` is the burst's highest.
 */
export function ceiling(values: readonly (number | null)[]): { top: number; beyond: number | null } {
  const known = values.filter((v) => v !== null)
  const most = Math.max(0, ...known)
  const now = Math.max(0, ...values.slice(-recent).filter((v) => v !== null))
  const beyond = known.filter((v) => v > 3 * now)
  if (now === 0 || beyond.length === 0 || beyond.length > known.length / 2) return { top: most, beyond: null }
  return { top: Math.max(...known.filter((v) => v <= 3 * now)) * 1.2, beyond: most }
}
