// An address that mail came from, or was meant to, as the API and the page show it.
import { z } from 'zod';
import { time } from './values.ts';

const advice = z
  .object({
    text: z.string().meta({ description: 'What to do, in one sentence' }),
    yaml: z.string().optional().meta({ description: 'What to put into the configuration' }),
  })
  .readonly();

const refusal = z
  .object({
    at: time,
    listener: z.string(),
    stage: z.enum(['connect', 'auth', 'mail', 'rcpt', 'data']),
    reason: z.string().meta({ description: 'Out of a closed set, as in the metrics' }),
    reply: z.string().meta({ description: 'What the client was told' }),
    cause: z.string().meta({ description: 'What it was not told' }),
    client: z.string().optional(),
    sender: z.string().optional().meta({ description: 'Its MAIL FROM' }),
    isOver: z.boolean().meta({ description: 'Mail of that address was taken since' }),
    advice: advice.optional(),
  })
  .readonly();

export const clientSeen = z
  .object({
    ip: z.string(),
    clients: z
      .array(z.string())
      .readonly()
      .meta({ description: 'Names in the configuration, latest first' }),
    firstSeenAt: time,
    lastSeenAt: time,
    listener: z.string().meta({ description: 'The last one that it came to' }),
    tls: z.boolean().optional().meta({ description: 'At its last mail; absent before any' }),
    login: z.string().optional().meta({ description: 'At its last mail' }),
    lastAccepted: z.object({ at: time, id: z.string(), client: z.string() }).readonly().optional(),
    lastRefusal: refusal.optional(),
  })
  .readonly();

export type ClientView = z.infer<typeof clientSeen>;
export type RefusalView = z.infer<typeof refusal>;
export type AdviceView = z.infer<typeof advice>;
