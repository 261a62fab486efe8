// Turns: at most so many tasks at a time, the others wait in the order in which they came.

export interface Turns {
  /** Runs `task` when it is its turn; passes on what it returns or throws. */
  run<Result>(task: () => Promise<Result>): Promise<Result>;
}

export function createTurns(atOnce: number): Turns {
  const waiting: (() => void)[] = [];
  let free = atOnce;
  async function take(): Promise<void> {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  }
  function giveBack(): void {
    const next = waiting.shift();
    if (next) next();
    else free++;
  }
  return {
    async run(task) {
      await take();
      try {
        return await task();
      } finally {
        giveBack();
      }
    },
  };
}
