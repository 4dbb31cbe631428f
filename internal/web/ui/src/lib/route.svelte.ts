export const views = ['market', 'pipeline', 'sql', 'insights'] as const
export type View = (typeof views)[number]

export interface Place {
  view: View
  /** What is open in the view: a symbol, an insight; '' is none. */
  item: string
}

/** The place that a hash names; what is not known is the market. */
export function parse(hash: string): Place {
  const [head = '', ...rest] = hash.replace(/^#/, '').split('/')
  const view = views.find((v) => v === head)
  if (!view) return { view: 'market', item: '' }
  let item = rest.join('/')
  try {
    item = decodeURIComponent(item)
  } catch {
    item = '' // not a name
  }
  return { view, item }
}

/** The hash of a place. */
export function hash(view: View, item = ''): string {
  return '#' + view + (item ? '/' + encodeURIComponent(item) : '')
}

class Route {
  place: Place = $state.raw({ view: 'market', item: '' })

  start(): void {
    const read = () => (this.place = parse(location.hash))
    read()
    addEventListener('hashchange', read)
  }

  go(view: View, item = ''): void {
    location.hash = hash(view, item)
  }
}

export const route = new Route()
