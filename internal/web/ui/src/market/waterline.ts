import type { IChartApi, IPrimitivePaneRenderer, IPrimitivePaneView, ISeriesPrimitive, SeriesAttachedParameter, Time } from 'lightweight-charts'

type Target = Parameters<IPrimitivePaneRenderer['draw']>[0]

/** What the waterline is drawn with. */
export interface Ink {
  line: string
  /** Behind the text, so that it can be read over candles. */
  ground: string
  hatch: string
  font: string
}

/**
 * The line on the chart up to which the lake has the symbol's ticks; what is right of it, hatched, SQL does not see yet.
 */
export class Waterline implements ISeriesPrimitive<Time> {
  private chart: IChartApi | null = null
  private update: (() => void) | null = null
  private at: number | null = null // as a position among bars
  private text = ''
  private ink: Ink = { line: '#888', ground: '#fff', hatch: '#888', font: 'sans-serif' }
  private readonly view: IPrimitivePaneView = { zOrder: () => 'top', renderer: (): IPrimitivePaneRenderer => ({ draw: (target) => this.draw(target) }) }

  /** `head` is whether the text stands at its top. */
  constructor(private readonly head: boolean) {}

  attached(p: SeriesAttachedParameter<Time>): void {
    this.chart = p.chart as IChartApi
    this.update = p.requestUpdate
  }

  detached(): void {
    this.chart = null
    this.update = null
  }

  paneViews(): readonly IPrimitivePaneView[] {
    return [this.view]
  }

  /** `at` is a position among the bars, 0 in the middle of the first; null is not known. */
  set(at: number | null, text: string): void {
    if (at === this.at && text === this.text) return
    this.at = at
    this.text = text
    this.update?.()
  }

  paint(ink: Ink): void {
    this.ink = ink
    this.update?.()
  }

  private draw(target: Target): void {
    const scale = this.chart?.timeScale()
    if (!scale || this.at === null) return
    const whole = scale.logicalToCoordinate(Math.floor(this.at) as never)
    if (whole === null) return
    const x = whole + (this.at - Math.floor(this.at)) * scale.options().barSpacing
    target.useMediaCoordinateSpace(({ context: c, mediaSize: { width, height } }) => {
      const left = Math.round(x)
      if (left > width) return
      const top = !this.head ? 0 : width < 420 ? 46 : 34 // below the legend
      c.save()
      c.beginPath()
      c.rect(Math.max(0, left), top, width - Math.max(0, left), height - top)
      c.clip()
      c.strokeStyle = this.ink.hatch
      c.lineWidth = 1.2
      c.beginPath()
      for (let d = Math.max(0, left) - height; d < width; d += 8.5) {
        c.moveTo(d, height)
        c.lineTo(d + height, 0)
      }
      c.stroke()
      c.restore()
      if (left < 0) return
      c.fillStyle = this.ink.line
      c.fillRect(left - 1, this.head ? top - 10 : 0, 2, height)
      if (!this.head) return
      c.font = `600 11px ${this.ink.font}`
      c.textBaseline = 'bottom'
      const room = c.measureText(this.text).width + 12
      c.textAlign = left > room ? 'right' : 'left'
      c.strokeStyle = this.ink.ground
      c.lineWidth = 4
      c.lineJoin = 'round'
      c.strokeText(this.text, left + (left > room ? -7 : 7), top - 2)
      c.fillText(this.text, left + (left > room ? -7 : 7), top - 2)
    })
  }
}

/**
 * Where a moment lies among bars of that many seconds, each centred at its place: the middle of the first is 0. Beyond the
 * end of the last bar it is that end; before the first it is null.
 */
export function position(bars: readonly { time: number }[], interval: number, seconds: number): number | null {
  let lo = 0
  let hi = bars.length
  while (lo < hi) {
    const mid = (lo + hi) >> 1
    if (bars[mid]!.time <= seconds) lo = mid + 1
    else hi = mid
  }
  if (lo === 0) return null
  const share = (seconds - bars[lo - 1]!.time) / interval
  return lo - 1.5 + Math.min(1, share)
}
