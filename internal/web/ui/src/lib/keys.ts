/** What a key asks for. */
export type Command = 'market' | 'pipeline' | 'sql' | 'insights' | 'keys' | 'theme' | 'down' | 'up' | 'open' | 'flip' | 'close'

export interface Press {
  key: string
  ctrl?: boolean
  meta?: boolean
  alt?: boolean
  /** Whether the focus is where letters are typed. */
  typing?: boolean
  /** Whether the focus is on something that has its own Enter: a button, a link. */
  active?: boolean
  /** In milliseconds, on a clock that only rises. */
  at: number
}

/** How long `g` waits for its second key, in milliseconds. */
export const patience = 900

const goes: Record<string, Command> = { m: 'market', p: 'pipeline', s: 'sql', i: 'insights' }
const letters: Record<string, Command> = { '?': 'keys', d: 'theme', j: 'down', k: 'up', v: 'flip' }

/** Turns presses into commands. Letters are off while typing, and with Ctrl, Meta or Alt held. */
export class Keyboard {
  private g = -Infinity

  press(p: Press): Command | null {
    if (p.ctrl || p.meta || p.alt) return null
    if (p.key === 'Escape') return 'close'
    if (p.typing) return null
    const second = p.at - this.g < patience
    this.g = -Infinity
    if (second && Object.hasOwn(goes, p.key)) return goes[p.key]!
    if (p.key === 'g') {
      this.g = p.at
      return null
    }
    if (p.key === 'Enter') return p.active ? null : 'open'
    return Object.hasOwn(letters, p.key) ? letters[p.key]! : null
  }
}
