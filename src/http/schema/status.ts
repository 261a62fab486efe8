// How things are, as the API says it.
import { z } from 'zod';
import { deliveryStates } from '../../core/delivery.ts';
import { troubledStates } from '../../relay/ports.ts';
import { count, time } from './values.ts';

export const status = z
  .object({
    version: z.string(),
    hostname: z.string(),
    summary: z
      .object({
        tone: z.enum(['good', 'attention', 'bad']),
        text: z.string().meta({ description: 'The sentence on top of the page' }),
        remedy: z.string().optional().meta({ description: 'What to do, or what to run' }),
        others: z
          .array(z.object({ text: z.string(), remedy: z.string() }).readonly())
          .readonly()
          .optional()
          .meta({ description: 'What else is wrong, worst first' }),
      })
      .readonly(),
    ready: z.object({ ok: z.boolean(), reasons: z.array(z.string()).readonly() }).readonly(),
    queue: z
      .object({
        deliveries: z.record(z.enum(deliveryStates), count).readonly(),
        bodyBytes: count,
        oldestReceivedAt: time.optional(),
        oldestByState: z
          .partialRecord(z.enum(troubledStates), time)
          .readonly()
          .meta({ description: 'When the oldest of each of these states was received' }),
      })
      .readonly()
      .optional()
      .meta({ description: 'Absent while the store cannot be read' }),
    listeners: z
      .array(z.object({ name: z.string(), host: z.string(), port: z.int() }).readonly())
      .readonly(),
    connections: z
      .array(z.object({ name: z.string(), type: z.enum(['graph', 'sandbox', 'smtp']) }).readonly())
      .readonly(),
    sandbox: z.boolean().meta({ description: 'A connection at least is the simulator' }),
  })
  .readonly()
  .meta({ id: 'Status' });
