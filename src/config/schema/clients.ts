// `clients`: who may send.
import { z } from 'zod';
import { parseScryptHash } from '../scrypt-hash.ts';
import { addressPattern, count, name, network, secret, size } from './values.ts';

const passwordHash = z
  .string()
  .transform((text, context) => {
    const hash = parseScryptHash(text);
    if (hash !== undefined) return hash;
    context.addIssue({
      code: 'custom',
      message: 'must be a hash that `graphpost hash-password` printed',
    });
    return z.NEVER;
  })
  .meta({ title: 'scrypt hash' });

const login = z
  .strictObject({
    username: name.describe('The name that it logs in with.'),
    password: secret.optional().describe('The password; or give `passwordHash`.'),
    passwordHash: passwordHash
      .optional()
      .describe('The hash of the password, from `graphpost hash-password`.'),
  })
  .describe(
    'How it logs in. A session that has logged in matches only clients with that login; one that has not, only clients without.',
  );

const limits = z
  .strictObject({
    connections: count
      .optional()
      .describe('Connections at the same time; no limit of its own if absent.'),
    messagesPerMinute: count.optional().describe('Messages in a minute; no limit if absent.'),
    recipientsPerMinute: count
      .optional()
      .describe('Recipients in a minute, over all its messages; no limit if absent.'),
    bytesPerMinute: size
      .optional()
      .describe('Bytes of its messages in a minute; no limit if absent.'),
    recipientsPerMessage: count
      .default(500)
      .describe('Recipients of one message; those past it are answered 452.'),
  })
  .prefault({})
  .describe('How much it may send.');

const client = z.strictObject({
  name: name.describe('Its label in metrics and logs, and what `client` means in a condition.'),
  networks: z
    .array(network)
    .min(1, { error: 'must name one network at least' })
    .optional()
    .describe('Where it connects from; anywhere if absent.'),
  login: login.optional(),
  senders: z
    .array(addressPattern)
    .min(1, { error: 'must name one address at least' })
    .optional()
    .describe(
      'What it may stand in MAIL FROM, From and Sender; `["*"]` says anything. Required, unless its networks are this machine alone.',
    ),
  recipients: z
    .array(addressPattern)
    .min(1, { error: 'must name one address at least' })
    .prefault(['*'])
    .describe('Whom it may send to.'),
  limits,
});

export const clients = z
  .array(client)
  .min(1, { error: 'must name one client at least' })
  .optional()
  .describe('Who may send; nobody else may. If absent: this machine alone, as any sender.');

export type ClientContent = z.output<typeof client>;
