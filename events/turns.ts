/** Runs what it is given one after another, in the order it came; one that rejects holds up nobody. Whoever gives bounds how many wait. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs it once all that came before is over, and settles as it does. What has its turn must not wait for another. */
  take<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(run);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
