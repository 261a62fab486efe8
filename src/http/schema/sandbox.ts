// What the sandbox "sent", as the API gives it.
import { z } from 'zod';
import { count, time } from './values.ts';

const summaryFields = {
  id: z.string(),
  sentAt: time,
  sendAs: z.string(),
  from: z.string(),
  recipients: z.array(z.string()).readonly(),
  subject: z.string(),
  sizeBytes: count,
};

export const sandboxSummary = z.object(summaryFields).readonly().meta({ id: 'SandboxSummary' });

export const sandboxMessage = z
  .object({
    ...summaryFields,
    to: z.array(z.string()).readonly(),
    cc: z.array(z.string()).readonly(),
    bcc: z.array(z.string()).readonly(),
    text: z.string(),
    html: z.string(),
    attachments: z
      .array(
        z
          .object({
            name: z.string(),
            contentType: z.string(),
            sizeBytes: count,
            sha256: z.string(),
          })
          .readonly(),
      )
      .readonly(),
  })
  .readonly()
  .meta({ id: 'SandboxMessage' });
