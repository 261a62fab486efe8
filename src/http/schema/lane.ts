// A lane, one app on one mailbox, as the API and the page show it.
import { z } from 'zod';
import { count, time } from './values.ts';

export const lane = z
  .object({
    lane: z.string(),
    mailbox: z.string().optional().meta({ description: 'Absent for another mail server' }),
    connections: z.array(z.string()).readonly().meta({ description: 'Whose lane it is' }),
    concurrency: count.meta({ description: 'In flight at most, over all replicas' }),
    sending: count,
    waiting: count.meta({ description: 'Counted up to 1,000' }),
    pausedUntil: time.optional(),
    why: z.string().optional().meta({ description: 'Of the pause, where this process knows it' }),
  })
  .readonly();

export type LaneView = z.infer<typeof lane>;
