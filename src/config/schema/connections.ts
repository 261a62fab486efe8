// `connections`: the ways out.
import { z } from 'zod';
import { fromBlock } from './from.ts';
import { sendAs } from './send-as.ts';
import { address, count, date, httpsOrigin, name, path, secret, size } from './values.ts';

const cloud = z
  .union(
    [
      z.enum(['global', 'usgov', 'dod', 'china']),
      z.strictObject({
        authority: httpsOrigin.describe('Where tokens come from.'),
        graph: httpsOrigin.describe('Where Graph is.'),
      }),
    ],
    { error: 'must be global, usgov, dod, china, or { authority, graph }' },
  )
  .prefault('global')
  .describe(
    'Microsoft’s cloud: `global` (also GCC), `usgov` (GCC High), `dod`, `china`, or the origins of another.',
  );

const certificate = z
  .strictObject({
    cert: path.optional().describe('PEM file of the certificate.'),
    key: path.optional().describe('PEM file of its key.'),
    pfx: path.optional().describe('PKCS #12 file with both, instead of `cert` and `key`.'),
    passphrase: secret.optional().describe('What opens the key, or the PKCS #12 file.'),
  })
  .describe('The certificate that is registered with the app.');

const credential = z
  .strictObject({
    secret: secret.optional().describe('The client secret of the app.'),
    expires: date.optional().describe('When the secret expires, for the warning before it does.'),
    certificate: certificate.optional(),
    federatedToken: path
      .optional()
      .describe('File with the token of a workload identity; read at each use.'),
    managedIdentity: z
      .union([z.literal('system'), z.guid({ error: 'must be "system" or a client id' })], {
        error: 'must be "system" or a client id',
      })
      .meta({ title: '`system` or GUID' })
      .optional()
      .describe('`system`, or the client id of a user-assigned identity.'),
  })
  .describe(
    'How the app proves itself: exactly one of `secret`, `certificate`, `federatedToken` and `managedIdentity`.',
  );

const laneLimits = z
  .strictObject({
    concurrency: count
      .max(4, { error: 'must be at most 4, as Graph allows no more' })
      .default(4)
      .describe('Requests in flight.'),
    requestsPer10Minutes: count.default(10_000).describe('Requests in ten minutes.'),
    uploadPer5Minutes: size.prefault('150MB').describe('Bytes uploaded in five minutes.'),
    messagesPerMinute: count
      .optional()
      .describe('Messages in a minute; what is over waits in the queue. No limit if absent.'),
    messagesPerHour: count.optional().describe('Messages in an hour; likewise.'),
    messagesPerDay: count.optional().describe('Messages in a day; likewise.'),
  })
  .prefault({})
  .describe('What one lane (this app on one mailbox) may do.');

const mime = z
  .strictObject({
    quotedPrintable: z
      .enum(['base64', 'keep'])
      .default('base64')
      .describe(
        '`base64` sends quoted-printable text in base64, because Exchange has been seen to damage it.',
      ),
  })
  .prefault({})
  .describe('Changes to the transfer encoding.');

const sending = {
  sendAs: sendAs.prefault('from'),
  saveToSentItems: z
    .boolean()
    .default(true)
    .describe('A copy of what is sent lies in Sent Items of the mailbox.'),
  largeMessages: z
    .boolean()
    .optional()
    .describe(
      'Messages over the request limit go by draft and upload session (Mail.ReadWrite). `true` if absent; `false` in `usgov` and `dod`.',
    ),
  requestLimit: size.prefault(4_000_000).describe('Bytes that the body of one request may have.'),
  limits: laneLimits,
  mime,
  from: fromBlock.optional(),
};

const graph = z
  .strictObject({
    type: z.literal('graph').describe('Microsoft Graph.'),
    cloud,
    tenant: z
      .string()
      .regex(
        /^([0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+)$/,
        {
          error: 'must be the id or a domain of the tenant, such as contoso.onmicrosoft.com',
        },
      )
      .optional()
      .meta({ title: 'tenant id or domain' })
      .describe(
        'The tenant, by its id or one of its domains. Required without `account` or `credential.managedIdentity`; with `account`, absent means a personal account (Outlook.com).',
      ),
    clientId: z
      .guid({ error: 'must be the id of the app, such as 01234567-89ab-cdef-0123-456789abcdef' })
      .optional()
      .meta({ title: 'GUID' })
      .describe(
        'The application (client) id of the app. Required without `credential.managedIdentity`.',
      ),
    credential: credential.optional(),
    account: address
      .optional()
      .describe(
        'Sends as one user who has signed in (`graphpost login`), instead of as the app. Mail leaves from his mailbox, unless `sendAs` names others.',
      ),
    redirectUri: z
      .string()
      .regex(/^http:\/\/(localhost|127\.0\.0\.1)(:\d{1,5})?(\/[^?#\s]*)?$/, {
        error: 'must be a URL of this machine, such as http://localhost:8026/login/callback',
      })
      .meta({ title: 'URL' })
      .optional()
      .describe(
        'Where the sign-in in the browser comes back to, as registered with the app; `http://localhost` with any free port if absent.',
      ),
    ...sending,
  })
  .meta({ title: 'graph' });

/** Login and options have keys of their own. */
function isServerUrl(text: string): boolean {
  const url = URL.parse(text);
  if (!url || !/^smtps?:$/.test(url.protocol) || url.hostname === '') return false;
  const rest = [url.username, url.password, url.search, url.hash, url.pathname.replace(/^\/$/, '')];
  return rest.every((part) => part === '') && url.port !== '0' && !/\s/.test(text);
}

const smtp = z
  .strictObject({
    type: z.literal('smtp').describe('Another mail server (smart host).'),
    url: z
      .string()
      .refine(isServerUrl, { error: 'must be smtp://host:port or smtps://host:port, and no more' })
      .meta({ title: 'URL' })
      .describe(
        '`smtp://` (STARTTLS where offered, and always with a login) or `smtps://`, host and port (587 or 465 if absent).',
      ),
    username: z.string().min(1).optional().describe('The name to log in with.'),
    password: secret.optional().describe('The password to log in with.'),
    oauth2: name
      .optional()
      .describe('Logs in by XOAUTH2 with the identity of this graph connection.'),
    returnPath: z
      .enum(['from', 'original'])
      .default('from')
      .describe('What goes into MAIL FROM: the From address, or what the client said.'),
    from: fromBlock.optional(),
  })
  .meta({ title: 'smtp' });

const sandbox = z
  .strictObject({
    type: z.literal('sandbox').describe('The built-in simulator: nothing leaves the machine.'),
    ...sending,
  })
  .meta({ title: 'sandbox' });

export const connections = z
  .record(name, z.discriminatedUnion('type', [graph, smtp, sandbox]))
  .describe('The ways out, by name.');

export const tokenCache = z
  .strictObject({
    file: path.describe('Where refresh tokens are kept, encrypted (AES-256-GCM).'),
    key: secret
      .min(16, { error: 'must have at least 16 characters' })
      .describe(
        'The text that their key is made of: at least 16 characters that nobody can guess.',
      ),
  })
  .optional()
  .describe('For connections with `account`.');

export type ConnectionContent = z.output<typeof connections>[string];
export type GraphContent = z.output<typeof graph>;
export type CredentialContent = NonNullable<GraphContent['credential']>;
export type SandboxContent = z.output<typeof sandbox>;
export type SmtpContent = z.output<typeof smtp>;
export type CloudContent = GraphContent['cloud'];
