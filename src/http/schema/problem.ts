// Errors of the API (RFC 9457).
import { z } from 'zod';

export const problem = z
  .object({
    type: z.literal('about:blank'),
    title: z.string().meta({ description: 'The same for every problem of the kind' }),
    status: z.int(),
    detail: z.string().meta({ description: 'This one, and what to do about it' }),
  })
  .readonly()
  .meta({ id: 'Problem' });
