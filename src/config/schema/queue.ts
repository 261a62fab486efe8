// `queue` and `bounce`: how mail is kept until it is gone, and what its sender hears when it cannot go.
import { z } from 'zod';
import { address, addressPattern, count, duration, name, share, size } from './values.ts';

const store = z
  .string()
  .regex(/^(sqlite:.+|postgres(ql)?:\/\/\S+)$/, {
    error: 'must be sqlite:<path>, or postgres://user@host/database',
  })
  .meta({ title: 'URL' });

const retry = z
  .strictObject({
    first: duration
      .prefault('30s')
      .describe('The wait after the first attempt; it doubles with each.'),
    longest: duration.prefault('1h').describe('The longest wait.'),
    giveUpAfter: duration.prefault('5d').describe('The age at which a message has failed.'),
  })
  .prefault({})
  .describe('When a deferred message is tried again.');

const keep = z
  .strictObject({
    sent: duration.prefault('7d').describe('How long the record of a sent message is kept.'),
    failed: duration.prefault('14d').describe('How long a failed message is kept.'),
    bodies: z.boolean().default(false).describe('The content of sent messages is kept as long.'),
  })
  .prefault({})
  .describe('What is kept of messages that are done.');

const full = z
  .strictObject({
    messages: count.default(1_000_000).describe('Messages in the queue.'),
    bytes: size.prefault('20GB').describe('Bytes in the queue.'),
    freeDisk: share.prefault('10%').describe('Free space on its disk; of PostgreSQL nobody knows.'),
  })
  .prefault({})
  .describe('Past any of these, new mail is answered 452.');

export const queue = z
  .strictObject({
    store: store
      .optional()
      .describe(
        '`sqlite:<path>`, or `postgres://user@host/database` shared by all replicas. Default: `graphpost.db` in the folder that `STATE_DIRECTORY` names, as systemd and the image do, else `sqlite:../data/graphpost.db`.',
      ),
    retry,
    lookupAfter: duration
      .prefault('60s')
      .describe(
        'A send that may have happened is looked for after 1, 3 and 9 times this, and then repeated.',
      ),
    keep,
    full,
  })
  .prefault({})
  .describe('How mail is kept until it is gone.');

export const bounce = z
  .strictObject({
    from: address.describe('Who reports are from.'),
    via: name.describe('The connection that they go over.'),
    backup: z
      .array(name)
      .default([])
      .describe('Connections that are tried, in order, when that one is in trouble.'),
    to: z
      .array(addressPattern)
      .min(1)
      .describe(
        'Envelope senders that get reports, beside the `senders` of clients that had logged in.',
      ),
  })
  .optional()
  .describe('Reports to the sender when a message has failed. None without this block.');
