// `limits` and `direct`: how much comes in at once.
import { z } from 'zod';
import { count, duration, path, size } from './values.ts';

export const limits = z
  .strictObject({
    messageSize: size.prefault('35MB').describe('The largest message that is taken.'),
    connections: count.default(1000).describe('Connections at the same time, over all listeners.'),
    idleTimeout: duration
      .prefault('5m')
      .describe('A session that says nothing for this long is ended.'),
    authFailuresPerMinute: count
      .default(10)
      .describe('Wrong logins in a minute, after which an address is kept out for a while.'),
    messagesPerMinute: count
      .optional()
      .describe('Messages of all clients together in a minute; no limit if absent.'),
    recipientsPerMinute: count.optional().describe('Their recipients in a minute; likewise.'),
    bytesPerMinute: size.optional().describe('Their bytes in a minute; likewise.'),
  })
  .prefault({})
  .describe('How much comes in at once.');

export const direct = z
  .strictObject({
    memory: size.prefault('32MB').describe('Bodies of all direct connections together.'),
    folder: path.optional().describe('Where more than that may go; nowhere if absent.'),
  })
  .prefault({})
  .describe('What listeners in mode `direct` may use.');
