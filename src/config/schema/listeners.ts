// `listeners`: where SMTP clients connect.
import { z } from 'zod';
import { formatEndpoint } from '../endpoint.ts';
import { defaultListener } from '../names.ts';
import { endpoint, name, network, path } from './values.ts';

const certificate = z
  .strictObject({
    cert: path.describe('PEM file of the certificate, with those between it and the root.'),
    key: path.describe('PEM file of its key.'),
  })
  .describe('The certificate of the listener. It is read again when the files change.');

const listener = z.strictObject({
  name: name.optional().describe('Its label in metrics and logs; `smtp-<port>` if absent.'),
  address: endpoint.describe('Where it listens.'),
  mode: z
    .enum(['queued', 'direct'])
    .default('queued')
    .describe(
      'What a 250 means: `queued`, the message is durable here; `direct`, the next hop has it.',
    ),
  tls: z
    .enum(['none', 'optional', 'required', 'implicit'])
    .optional()
    .describe(
      '`optional` and `required` offer STARTTLS, `implicit` begins with TLS. If absent: `optional` with a certificate, `none` without.',
    ),
  certificate: certificate.optional(),
  minTls: z
    .enum(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'])
    .default('TLSv1.2')
    .describe(
      'The oldest version of TLS that is spoken. Those before TLSv1.2 are broken: for a listener of its own that only old devices reach.',
    ),
  loginWithoutTls: z
    .boolean()
    .default(false)
    .describe('Passwords may travel in clear. From this machine they always may.'),
  proxyProtocol: z
    .array(network)
    .default([])
    .describe(
      'Networks whose PROXY header (version 1 or 2) is believed; they must send one, and nobody else may.',
    ),
});

export const listeners = z
  .array(listener)
  .min(1, { error: 'must name one listener at least' })
  .prefault([{ address: formatEndpoint(defaultListener) }])
  .describe('Where SMTP clients connect.');

export type ListenerContent = z.output<typeof listener>;
