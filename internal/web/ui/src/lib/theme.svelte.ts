export type Theme = 'light' | 'dark'

const key = 'ticklake.theme'

function remembered(): Theme | null {
  try {
    const v = localStorage.getItem(key)
    return v === 'light' || v === 'dark' ? v : null
  } catch {
    return null // a browser may refuse storage
  }
}

/** The theme: the system's until somebody chooses, then what was chosen. */
class Themes {
  chosen: Theme | null = $state(null)
  system: Theme = $state('light')
  now: Theme = $derived(this.chosen ?? this.system)

  /** Takes the remembered theme up, and the system's changes. Call it once. */
  apply(): void {
    const dark = matchMedia('(prefers-color-scheme: dark)')
    this.system = dark.matches ? 'dark' : 'light'
    dark.addEventListener('change', (e) => (this.system = e.matches ? 'dark' : 'light'))
    this.set(remembered())
  }

  flip(): void {
    this.set(this.now === 'dark' ? 'light' : 'dark')
    try {
      localStorage.setItem(key, this.now)
    } catch {
      // chosen for this visit only
    }
  }

  private set(t: Theme | null): void {
    this.chosen = t
    if (t) document.documentElement.dataset.theme = t
    else delete document.documentElement.dataset.theme
  }
}

export const theme = new Themes()
