// Whatever stands in somebody else's file: it is refused with a sentence, or what comes of it has no fault and shows no secret.
import { resolve } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { formatFault } from '../src/config/fault.ts';
import { loadConfig } from '../src/config/load.ts';
import { formatDocument } from '../src/setup/import-document.ts';
import {
  UnfitSource,
  type Imported,
  type ImportSurroundings,
} from '../src/setup/import-findings.ts';
import { importPostfix } from '../src/setup/import-postfix.ts';
import { importSmtp2Graph } from '../src/setup/import-smtp2graph.ts';
import { importWpMailSmtp } from '../src/setup/import-wp-mail-smtp.ts';

const surroundings: ImportSurroundings = {
  resolvePath: (path) => path,
  hashPassword: () =>
    '$scrypt$ln=14,r=8,p=1$c29tZXRoaW5nIHNhbHR5IQ$xfWQ7SeUdLoyVQVQ+7ttoQ9BLXbaLxDqZDGg3QvOcFM',
  randomText: () => 'nobody-can-guess-this',
};

function faultsOf(convert: () => Imported): readonly string[] {
  let imported: Imported;
  try {
    imported = convert();
  } catch (error) {
    if (error instanceof UnfitSource) return [];
    throw error;
  }
  const yaml = formatDocument(imported.blocks, []);
  const said = JSON.stringify(imported.findings);
  if (`${yaml}${said}`.includes('hunter2')) return ['a secret is shown'];
  const secrets = imported.secrets.map(({ path, value }): [string, string] => [
    resolve('/made', path),
    value ?? 'to be put in, long enough for a key',
  ]);
  const files = new Map([['/made/graphpost.yaml', yaml], ...secrets]);
  const readFile = (path: string) => files.get(path) ?? '';
  const loading = loadConfig('/made/graphpost.yaml', { env: {}, readFile });
  return loading.kind === 'faulty' ? loading.faults.map(formatFault) : [];
}

const words = fc.oneof(
  fc.string(),
  fc.constantFrom(
    '',
    ' ',
    '*',
    '__proto__',
    '${HOME}',
    'yes',
    '0',
    '-1',
    '25',
    '::',
    '10.0.0.0/8',
    '[::1]/128',
  ),
  fc.constantFrom(
    'app@contoso.com',
    '@contoso.com',
    'root',
    'contoso.com',
    'a:b',
    '[a]:587',
    '/x/',
  ),
  fc.constantFrom(
    'smtp.office365.com',
    'smtp',
    'outlook',
    'sendgrid',
    'mail',
    'ssl',
    '25m',
    '0m',
    '5d',
  ),
);
const value: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: words },
  { weight: 2, arbitrary: fc.integer() },
  { weight: 2, arbitrary: fc.boolean() },
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 2, arbitrary: fc.array(words, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.dictionary(words, words, { maxKeys: 2 }) },
);

const secret = 'https://hunter2.example/#1';
const secretKeys = new Set([
  ...['secret', 'password', 'pass', 'client_secret', 'api_key', 'webhook_url'],
]);

/** A block with these keys, some of which are absent. */
function block(
  keys: readonly string[],
  inner: Readonly<Record<string, fc.Arbitrary<unknown>>> = {},
): fc.Arbitrary<unknown> {
  const own = keys.map((key) => [key, secretKeys.has(key) ? fc.constant(secret) : value]);
  const all = { ...Object.fromEntries(own), ...inner };
  return fc.record(all, { requiredKeys: [] });
}

const often = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 5, arbitrary }, { weight: 1, arbitrary: value });

const smtp2graph = block(['mode'], {
  send: often(
    block(['retryLimit', 'retryInterval', 'forceMailbox'], {
      appReg: often(
        block(['tenant', 'id', 'secret'], {
          certificate: often(block(['thumbprint', 'privateKeyPath'])),
        }),
      ),
    }),
  ),
  receive: often(
    block(
      [
        ...['port', 'listenAddress', 'secure', 'tlsKeyPath', 'tlsCertPath', 'maxSize', 'banner'],
        ...['ipWhitelist', 'allowedFrom', 'allowInsecureAuth', 'requireAuth'],
      ],
      {
        users: often(fc.array(often(block(['username', 'password', 'allowedFrom'])))),
        rateLimit: often(block(['duration', 'limit'])),
        authLimit: often(block(['duration', 'limit'])),
      },
    ),
  ),
  httpProxy: often(block(['host', 'port', 'protocol', 'username', 'password'])),
});

test('SMTP2Graph', () => {
  fc.assert(
    fc.property(smtp2graph, (settings) => {
      expect(faultsOf(() => importSmtp2Graph(stringify(settings), surroundings))).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

const parameters = [
  ...['myhostname', 'mydomain', 'myorigin', 'mydestination', 'inet_interfaces', 'mynetworks'],
  ...['relayhost', 'smtp_sasl_auth_enable', 'smtp_sasl_password_maps', 'smtp_tls_wrappermode'],
  ...['sender_canonical_maps', 'canonical_maps', 'smtp_generic_maps', 'always_bcc'],
  ...['message_size_limit', 'smtpd_recipient_limit', 'smtpd_tls_cert_file', 'smtpd_tls_key_file'],
  ...['smtpd_tls_security_level', 'smtpd_use_tls', 'minimal_backoff_time', 'maximal_backoff_time'],
  ...['maximal_queue_lifetime', 'header_checks', 'something_else'],
];
const parameterValue = fc.oneof(
  words,
  fc.array(words, { maxLength: 3 }).map((list) => list.join(', ')),
  fc.constantFrom(
    'hash:/t',
    'regexp:/t',
    '$mydomain',
    '${myorigin?x}',
    'inline:{ { a = b@c.example } }',
  ),
);
const mainCf = fc.dictionary(fc.constantFrom(...parameters), parameterValue).map((lines) =>
  Object.entries(lines)
    .map(([name, text]) => `${name} = ${text}\n`)
    .join(''),
);
const table = fc
  .array(fc.tuple(words, words))
  .map((rows) => rows.map((row) => row.join(' ')).join('\n'));

test('Postfix', () => {
  fc.assert(
    fc.property(mainCf, table, (text, rows) => {
      const readTable = () => rows;
      expect(faultsOf(() => importPostfix(text, { ...surroundings, readTable }))).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

const mail = often(
  block([
    'from_email',
    'from_name',
    'mailer',
    'return_path',
    'from_email_force',
    'from_name_force',
  ]),
);
const connection = {
  mail,
  smtp: often(block(['host', 'port', 'encryption', 'autotls', 'auth', 'user', 'pass'])),
  outlook: often(block(['client_id', 'client_secret'], { user_details: often(block(['email'])) })),
  sendgrid: often(block(['api_key'])),
};
const rule = often(
  fc.record({
    property: fc.constantFrom('subject', 'bcc', 'header_name', 'header_value', 'initiator', 'x'),
    operator: fc.constantFrom('==', '!=', 'c', '!c', '^', '~', 'x'),
    value: words,
  }),
);
const ids = fc.constantFrom('a', 'b', 'gone');
const alert = often(
  block(['enabled'], { connections: often(fc.array(often(block(['send_to', 'webhook_url'])))) }),
);
const options = block([], {
  ...connection,
  general: often(block(['do_not_send'])),
  logs: often(block(['enabled', 'log_email_content', 'log_retention_period'])),
  rate_limit: often(block(['enabled', 'minute', 'hour', 'day'])),
  backup_connection: often(fc.record({ connection_id: ids })),
  smart_routing: often(
    fc.record({
      enabled: value,
      routes: fc.array(
        fc.record({ connection_id: ids, conditionals: fc.array(fc.array(rule, { maxLength: 3 })) }),
      ),
    }),
  ),
  alert_email: alert,
  alert_slack_webhook: alert,
});
const additional = fc.record({
  a: fc.record({ ...connection, connection: often(block(['name'])) }),
  b: fc.record({ ...connection, connection: often(block(['name'])) }),
});

test('WP Mail SMTP', () => {
  fc.assert(
    fc.property(options, additional, (settings, connections) => {
      const texts = [
        JSON.stringify({
          wp_mail_smtp: settings,
          wp_mail_smtp_additional_connections: connections,
        }),
      ];
      expect(faultsOf(() => importWpMailSmtp(texts, surroundings))).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
