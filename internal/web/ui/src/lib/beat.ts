/** Does something at most once in so many milliseconds, however often it is asked for; the first time at once. */
export class Beat {
  private timer: ReturnType<typeof setTimeout> | null = null
  private last = -Infinity

  constructor(
    private readonly every: number,
    private readonly act: () => void,
  ) {}

  /** What is urgent does not wait for the beat. */
  ask(urgent = false): void {
    if (urgent && this.timer !== null) {
      clearTimeout(this.timer)
      this.timer = null
    }
    this.timer ??= setTimeout(
      () => {
        this.timer = null
        this.last = performance.now()
        this.act()
      },
      urgent ? 0 : Math.max(0, this.last + this.every - performance.now()),
    )
  }
}
