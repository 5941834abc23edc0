/**
 * One change of configuration at a time: each is made from rows that the one before it may still be changing, and a row is
 * always written whole.
 */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Does the work when everything that was asked for before is over, however it ended. */
  async take<Value>(work: () => Promise<Value>): Promise<Value> {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => undefined);
    return await turn;
  }
}
