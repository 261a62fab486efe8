// The whole configuration file: every key with its type, its default and what it means.
import { z } from 'zod';
import { clients } from './clients.ts';
import { connections, tokenCache } from './connections.ts';
import { fromBlock } from './from.ts';
import { alerts, http, log } from './http.ts';
import { direct, limits } from './limits.ts';
import { listeners } from './listeners.ts';
import { bounce, queue } from './queue.ts';
import { fallback, routes } from './routes.ts';
import { hostname } from './values.ts';

export const configFile = z
  .strictObject({
    hostname: hostname
      .optional()
      .describe(
        'The name in the greeting, Received, Message-ID and bounces. If absent, the machine’s own.',
      ),
    listeners,
    clients,
    limits,
    direct,
    connections,
    tokenCache,
    from: fromBlock.prefault({}),
    routes,
    default: fallback,
    sending: z
      .enum(['normal', 'hold', 'drop'])
      .default('normal')
      .describe(
        '`hold` keeps all mail in the queue, `drop` sends none of it; test e-mails still go.',
      ),
    queue,
    bounce,
    http,
    alerts,
    log,
  })
  .meta({ title: 'Graphpost configuration' });

/** What a file without faults says, with the defaults filled in. */
export type FileContent = z.output<typeof configFile>;
