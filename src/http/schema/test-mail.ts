// A test e-mail, as it is asked for and told of by the API.
import { z } from 'zod';
import { time } from './values.ts';

const address = z.string().min(3).max(320);

export const testMailRequest = z
  .strictObject({
    to: z.union([address, z.array(address).min(1).max(20).readonly()]),
    connection: z
      .string()
      .optional()
      .meta({ description: 'Over this connection alone; else into a listener, as an app would' }),
    listener: z.string().optional().meta({ description: 'Default: the first' }),
    username: z.string().optional().meta({ description: 'Of a login at the listener' }),
    password: z.string().optional(),
    from: address
      .optional()
      .meta({ description: 'Default: the address that the configuration names for that way' }),
    format: z.enum(['plain', 'html']).default('plain'),
  })
  .readonly();

export const testMailReport = z
  .object({
    state: z
      .enum(['underWay', 'delivered', 'undelivered'])
      .meta({ description: 'underWay: ask for /test/{id} until it is another' }),
    id: z.string().optional().meta({ description: 'Queue id, where it was taken' }),
    steps: z.array(z.object({ time, what: z.string() }).readonly()).readonly(),
    error: z
      .object({
        explained: z.string().meta({ description: 'What went wrong, and what to do' }),
        raw: z.string().optional().meta({ description: 'Words and codes of the other side' }),
      })
      .readonly()
      .optional(),
    next: z.string().optional().meta({ description: 'What still happens to it' }),
  })
  .readonly();

export type TestMailRequestJson = z.input<typeof testMailRequest>;
export type TestMailReportJson = z.infer<typeof testMailReport>;
