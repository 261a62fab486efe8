// `from`: who the mail is from when it leaves.
import { z } from 'zod';
import { address, addressPattern, line } from './values.ts';

export const fromBlock = z
  .strictObject({
    force: z
      .enum(['always', 'default', 'never'])
      .default('never')
      .describe(
        '`always` replaces every From; `default` one that is missing, matches `defaults` or has no full domain; `never` none.',
      ),
    address: address
      .optional()
      .describe('The From address that is put in. Needed unless `force` is `never`.'),
    name: line
      .optional()
      .describe('The display name that goes with it. Exchange may show the mailbox’s own.'),
    defaults: z
      .array(addressPattern)
      .prefault(['root@*', 'wordpress@*', '*@localhost'])
      .describe('From addresses that mean that the app chose none.'),
    replyTo: z
      .enum(['original', 'never'])
      .default('original')
      .describe('`original`: a replaced From becomes Reply-To, where the mail has none.'),
  })
  .meta({
    id: 'from',
    description:
      'Who the mail is from when it leaves. The narrowest whole block wins: of the route, then of the connection, then of the file.',
  });

export type FromContent = z.output<typeof fromBlock>;
