// `http`, `alerts` and `log`: how the gateway is watched.
import { z } from 'zod';
import { alertEvents } from '../../core/alert.ts';
import { address, duration, endpoint, name, secret, webUrl } from './values.ts';

const endpointOrOff = z
  .union([z.literal(false), endpoint], { error: 'must be host:port, or false' })
  .meta({ title: 'host:port or false' });

export const http = z
  .strictObject({
    telemetry: endpointOrOff
      .prefault('127.0.0.1:9464')
      .describe('Where `/metrics`, `/healthz` and `/readyz` are; or `false`.'),
    admin: endpointOrOff
      .prefault('127.0.0.1:8025')
      .describe('Where the page and the API are; or `false`.'),
    adminToken: secret
      .optional()
      .describe(
        'What opens the page and the API: 16 characters or more. If absent, one is made at the first start, in the data folder.',
      ),
    showBodies: z
      .boolean()
      .default(false)
      .describe(
        'The page shows and exports what messages say. Scripts with the token may read them always.',
      ),
  })
  .prefault({})
  .describe('The web servers of the gateway.');

const alert = z.strictObject({
  on: z.array(z.enum(alertEvents)).min(1).describe('What is told (docs/alerts.md).'),
  queueOld: duration
    .prefault('1h')
    .describe('`queueOld`: how long the oldest message may wait before it is told.'),
  to: z
    .strictObject({
      slack: webUrl.optional().describe('An incoming webhook of Slack.'),
      teams: webUrl.optional().describe('A Workflows webhook of Teams.'),
      webhook: webUrl.optional().describe('Any URL that takes JSON.'),
      allowLocal: z
        .boolean()
        .default(false)
        .describe('The URL may lead to this machine or into a private network.'),
      email: address.optional().describe('An address; needs `via`.'),
      via: name.optional().describe('The connection that the e-mail goes over.'),
      from: address
        .optional()
        .describe(
          'Whom the e-mail is from. If absent, the mailbox that the connection sends as; without one, the address itself.',
        ),
    })
    .describe('Who is told: exactly one of `slack`, `teams`, `webhook` and `email`.'),
});

export const alerts = z.array(alert).default([]).describe('Who is told of trouble.');

export const log = z
  .strictObject({
    level: z
      .enum(['trace', 'debug', 'info', 'warn', 'error'])
      .default('info')
      .describe('What is less than this is left out.'),
    format: z
      .enum(['auto', 'json', 'text'])
      .default('auto')
      .describe('`auto` is text on a terminal, and JSON elsewhere.'),
    addresses: z
      .enum(['full', 'hashed'])
      .default('full')
      .describe('`hashed` keeps e-mail addresses out of the log.'),
  })
  .prefault({})
  .describe('The log, on standard output.');
