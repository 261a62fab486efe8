// What came and went lately, for charts.
import { z } from 'zod';
import { count, time } from './values.ts';

const point = z
  .object({
    at: time.meta({ description: 'When the interval begins' }),
    accepted: count,
    delivered: count,
    failed: count,
    deferred: count.meta({ description: 'Attempts that will be repeated' }),
    latencyP50Ms: count.optional().meta({
      description: 'Acceptance to delivery, within 12 %; absent where nothing was delivered',
    }),
    latencyP95Ms: count.optional(),
  })
  .readonly();

export const figures = z
  .object({
    window: z.enum(['hour', 'day']),
    intervalMs: count,
    points: z
      .array(point)
      .readonly()
      .meta({ description: 'Oldest first; the last one is under way. Of this process alone' }),
  })
  .readonly();

export type FiguresView = z.infer<typeof figures>;
