// Queue ids, of the time of day and of chance.
import { randomFillSync } from 'node:crypto';
import { formatId } from './core/id.ts';
import type { Clock } from './relay/ports.ts';

const randomBytesPerId = 7;
/** Asked of OpenSSL at once: each question costs more than all else that is done for an id. */
const idsPerDraw = 64;

/** Makes ids that nobody can guess, each of them new. */
export function createIds(clock: Pick<Clock, 'now'>): () => string {
  const random = new Uint8Array(idsPerDraw * randomBytesPerId);
  let at = random.length;
  return () => {
    if (at === random.length) {
      randomFillSync(random);
      at = 0;
    }
    const start = at;
    at += randomBytesPerId;
    return formatId(clock.now(), random.subarray(start, at));
  };
}
