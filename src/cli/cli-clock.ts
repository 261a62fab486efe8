// The clock of commands that speak to Entra or Graph themselves.
import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../relay/ports.ts';

export const cliClock: Clock = {
  now: () => Date.now(),
  async wait(delayMs, { signal }) {
    await setTimeout(delayMs, undefined, { signal }).catch(() => {});
  },
};
