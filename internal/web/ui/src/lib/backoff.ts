/** How long to wait before the next try, in milliseconds: twice as long each time, up to a most, less a random half. */
export class Backoff {
  private tries = 0

  constructor(
    private readonly first: number,
    private readonly most: number,
  ) {}

  /** `chance` is from 0 to 1. */
  next(chance: number): number {
    const whole = Math.min(this.most, this.first * 2 ** this.tries)
    this.tries++
    return whole * (1 - chance / 2)
  }

  reset(): void {
    this.tries = 0
  }
}
