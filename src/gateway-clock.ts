// The clock of the machine.
import type { Clock } from './relay/ports.ts';

export const systemClock: Clock = {
  now: () => Date.now(),
  async wait(delayMs, { signal }) {
    if (signal.aborted) return;
    // Most waits are cut short: without an error that nobody reads, that costs nothing.
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, delayMs);
    const cut = () => resolve();
    signal.addEventListener('abort', cut, { once: true });
    await promise;
    clearTimeout(timer);
    signal.removeEventListener('abort', cut);
  },
};
