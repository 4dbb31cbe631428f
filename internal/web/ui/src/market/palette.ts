/** Colours of the tokens as a canvas takes them, in the theme that is shown. */
export function palette<K extends string>(names: readonly K[], beside: HTMLElement): Record<K, string> {
  const probe = document.createElement('span')
  probe.hidden = true
  beside.append(probe)
  const out = {} as Record<K, string>
  for (const n of names) {
    probe.style.color = `var(--${n})`
    out[n] = getComputedStyle(probe).color
  }
  probe.remove()
  return out
}

/** A colour of `palette` with an opacity from 0 to 1. */
export function faded(rgb: string, opacity: number): string {
  const m = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(rgb)
  return m ? `rgba(${m[1]}, ${m[2]}, ${m[3]}, ${opacity})` : rgb
}
