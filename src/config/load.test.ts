import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressKey, parseAddress } from '../core/address.ts';
import { evaluate, type Condition } from '../core/condition.ts';
import type { Config } from './config.ts';
import { loadConfig, type Loading } from './load.ts';

const hash = `$scrypt$ln=14,r=8,p=1$${'c'.repeat(22)}$${'d'.repeat(43)}`;
const graph = `
connections:
  main:
    type: graph
    tenant: contoso.onmicrosoft.com
    clientId: 01234567-89ab-cdef-0123-456789abcdef
    credential: { secret: hunter2 }
`;
const sandbox = 'connections: { play: { type: sandbox } }\n';

type Env = Readonly<Record<string, string>>;

function load(text: string, env: Env = {}): Loading {
  const readFile = (path: string): string => {
    if (path === '/etc/graphpost/graphpost.yaml') return text;
    return `hunter2 of ${path}\n`;
  };
  return loadConfig('/etc/graphpost/graphpost.yaml', { env, readFile });
}

function loaded(text: string, env: Env = {}): Extract<Loading, { kind: 'loaded' }> {
  const loading = load(text, env);
  if (loading.kind === 'faulty') throw new Error(JSON.stringify(loading.faults, null, 1));
  return loading;
}

function configOf(text: string, env: Env = {}): Config {
  return loaded(text, env).config;
}

function faultsOf(text: string, env: Env = {}): readonly string[] {
  const loading = load(text, env);
  return loading.kind === 'loaded' ? [] : loading.faults.map((f) => `${f.key}: ${f.message}`);
}

describe('loadConfig() fills in', () => {
  const config = configOf(`hostname: relay.example.com\n${sandbox}`);

  test('one listener for this machine', () => {
    expect(config.listeners).toEqual([
      {
        name: 'smtp-2525',
        host: '127.0.0.1',
        port: 2525,
        mode: 'queued',
        loginWithoutTls: false,
      },
    ]);
  });

  test('this machine as the only client, as any sender', () => {
    expect(config.clients).toHaveLength(1);
    const [client] = config.clients;
    expect(client).toMatchObject({ name: 'local', recipientsPerMessage: 500 });
    expect(client?.senders.map(({ text }) => text)).toEqual(['*']);
    expect(['127.0.0.1', '::1', '10.0.0.1'].map((ip) => client?.networks?.has(ip))).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('a from block that forces nothing', () => {
    expect(config.from).toMatchObject({ force: 'never', replyTo: 'original' });
    expect(config.from.defaults.map(({ text }) => text)).toEqual([
      'root@*',
      'wordpress@*',
      '*@localhost',
    ]);
  });

  test('the only connection where no route matches', () => {
    expect(config.routes).toEqual([]);
    expect(config.fallback).toEqual({
      name: 'default',
      action: { kind: 'send', via: 'play', backup: [], priority: 'normal' },
      bcc: [],
    });
  });

  test('limits, queue, servers and log', () => {
    expect(config.limits).toEqual({
      messageBytes: 35_000_000,
      connections: 1000,
      idleTimeoutMs: 300_000,
      authFailuresPerMinute: 10,
    });
    expect(config.queue).toEqual({
      store: { kind: 'sqlite', file: '/etc/data/graphpost.db' },
      retry: { firstMs: 30_000, longestMs: 3_600_000, giveUpAfterMs: 432_000_000 },
      lookupAfterMs: 60_000,
      keepDeliveredMs: 604_800_000,
      keepFailedMs: 1_209_600_000,
      keepBodies: false,
      full: { messages: 1_000_000, bytes: 20_000_000_000, freeDiskShare: 0.1 },
    });
    expect(config.http).toEqual({
      telemetry: { host: '127.0.0.1', port: 9464 },
      admin: { host: '127.0.0.1', port: 8025 },
      showBodies: false,
    });
    expect(config.log).toEqual({ level: 'info', format: 'auto', addresses: 'full' });
  });

  test('the limits of a connection', () => {
    expect(config.connections.get('play')).toEqual({
      type: 'sandbox',
      name: 'play',
      sendAs: { kind: 'from' },
      saveToSentItems: true,
      requestLimitBytes: 4_000_000,
      largeMessages: true,
      quotedPrintable: 'base64',
      limits: {
        concurrency: 4,
        requestsPer10Minutes: 10_000,
        uploadBytesPer5Minutes: 150_000_000,
      },
    });
  });
});

describe('the queue, where the file does not say where', () => {
  test.each([
    [{}, '/etc/data/graphpost.db'],
    [{ STATE_DIRECTORY: '' }, '/etc/data/graphpost.db'],
    [{ STATE_DIRECTORY: '/var/lib/graphpost' }, '/var/lib/graphpost/graphpost.db'],
    [{ STATE_DIRECTORY: '/var/lib/one:/var/lib/two' }, '/var/lib/one/graphpost.db'],
  ])('lies, with %o, in %s', (env, file) => {
    expect(configOf(sandbox, env).queue.store).toEqual({ kind: 'sqlite', file });
  });

  test('lies beside the file for a path that is relative, whatever STATE_DIRECTORY says', () => {
    const text = `${sandbox}queue: { store: 'sqlite:mail.db' }\n`;
    const { store } = configOf(text, { STATE_DIRECTORY: '/var/lib/graphpost' }).queue;
    expect(store).toEqual({ kind: 'sqlite', file: '/etc/graphpost/mail.db' });
  });
});

describe('loadConfig() resolves', () => {
  test.each([
    ['usgov', 'https://login.microsoftonline.us', 'https://graph.microsoft.us'],
    ['dod', 'https://login.microsoftonline.us', 'https://dod-graph.microsoft.us'],
    ['china', 'https://login.chinacloudapi.cn', 'https://microsoftgraph.chinacloudapi.cn'],
    ['global', 'https://login.microsoftonline.com', 'https://graph.microsoft.com'],
    [
      '{ authority: "https://login.example:8443/", graph: "https://graph.example" }',
      'https://login.example:8443',
      'https://graph.example',
    ],
  ])('the cloud %s', (cloud, authority, origin) => {
    const text = graph.replace('type: graph', `type: graph\n    cloud: ${cloud}`);
    expect(configOf(text).connections.get('main')).toMatchObject({
      cloud: { authority, graph: origin },
    });
  });

  test.each([
    ['usgov', '', false],
    ['dod', '', false],
    ['china', '', true],
    ['global', '', true],
    ['global', 'largeMessages: false', false],
    ['usgov', 'largeMessages: true', true],
  ])('large messages in %s %s: %s', (cloud, said, largeMessages) => {
    const text = graph.replace('type: graph', `type: graph\n    cloud: ${cloud}\n    ${said}`);
    expect(configOf(text).connections.get('main')).toMatchObject({ largeMessages });
  });

  test('what direct listeners may use', () => {
    const listener = 'listeners: [{ address: 127.0.0.1:25, mode: direct }]';
    const { direct, listeners } = configOf(`${sandbox}${listener}`);
    expect(listeners).toMatchObject([{ mode: 'direct' }]);
    expect(direct).toEqual({ memoryBytes: 32_000_000 });
    const block = 'direct: { memory: 1MiB, folder: bodies }';
    const given = configOf(`${sandbox}${listener}\n${block}`);
    expect(given.direct.memoryBytes).toBe(1_048_576);
    expect(given.direct.folder).toBe(join(dirname(given.file), 'bodies'));
  });

  test('who is told of trouble, without the URLs', () => {
    const text = `${sandbox}alerts:
  - { on: [failed, failed, diskLow], to: { teams: "https://hooks.example.com/hunter2" } }
  - { on: [queueOld], queueOld: 10m, to: { email: ops@contoso.com, via: play } }`;
    const { config, secrets } = loaded(text);
    expect(config.alerts).toEqual([
      {
        on: ['failed', 'diskLow'],
        queueOldMs: 3_600_000,
        to: { kind: 'teams', allowLocal: false },
      },
      {
        on: ['queueOld'],
        queueOldMs: 600_000,
        to: { kind: 'email', address: 'ops@contoso.com', via: 'play' },
      },
    ]);
    expect([secrets.alertUrl(0), secrets.alertUrl(1)]).toEqual([
      'https://hooks.example.com/hunter2',
      undefined,
    ]);
  });

  test('a secret and when it expires', () => {
    const text = graph.replace('hunter2 }', 'hunter2, expires: 2027-11-01 }');
    expect(configOf(text).connections.get('main')).toMatchObject({
      credential: { kind: 'secret', expiresAt: Date.UTC(2027, 10, 1) },
    });
  });

  test('a certificate, from the folder of the file', () => {
    const certificate = '{ certificate: { cert: app.crt, key: /keys/app.key, passphrase: "1" } }';
    const { config, secrets } = loaded(graph.replace('{ secret: hunter2 }', certificate));
    expect(config.connections.get('main')).toMatchObject({
      credential: {
        kind: 'certificate',
        certFile: '/etc/graphpost/app.crt',
        keyFile: '/keys/app.key',
      },
    });
    expect(secrets.passphrase('main')).toBe('1');
  });

  test.each([
    ['from', { kind: 'from' }],
    ['Relay@Contoso.com', { kind: 'mailbox', mailbox: 'Relay@contoso.com' }],
    [
      '{ "news@contoso.com": relay@contoso.com, "*": from }',
      {
        kind: 'map',
        entries: [
          { from: { text: 'news@contoso.com' }, sendAs: 'relay@contoso.com' },
          { from: { text: '*' }, sendAs: 'from' },
        ],
      },
    ],
  ])('sendAs: %s', (sendAs, expected) => {
    const text = `connections: { play: { type: sandbox, sendAs: ${sendAs} } }`;
    expect(configOf(text).connections.get('play')).toMatchObject({ sendAs: expected });
  });

  test('the actions of routes', () => {
    const { routes } = configOf(`${sandbox}
routes:
  - name: send
    send: { via: play, sendAs: a@contoso.com, priority: high }
    from: { force: always, address: a@contoso.com, name: A }
    headers: { set: { X-A: a }, remove: [X-B] }
    bcc: [b@contoso.com]
  - { name: drop, drop: true }
  - { name: refuse, refuse: Not today }
  - { name: redirect, redirect: [QA@contoso.com], send: { via: play } }
  - { name: hold, redirect: [a@b.com], redirectSubject: false, hold: true, send: { via: play } }
`);
    expect(routes).toMatchObject([
      {
        name: 'send',
        action: {
          kind: 'send',
          via: 'play',
          backup: [],
          sendAs: { kind: 'mailbox', mailbox: 'a@contoso.com' },
          priority: 'high',
        },
        from: { force: 'always', address: 'a@contoso.com', name: 'A' },
        headers: { set: { 'X-A': 'a' }, add: {}, remove: ['X-B'] },
        bcc: ['b@contoso.com'],
      },
      { name: 'drop', action: { kind: 'drop' }, bcc: [] },
      { name: 'refuse', action: { kind: 'refuse', text: 'Not today' } },
      { action: { kind: 'send', redirect: { to: ['QA@contoso.com'], showInSubject: true } } },
      { action: { redirect: { to: ['a@b.com'], showInSubject: false }, hold: true } },
    ]);
    expect(routes[0]?.action).not.toHaveProperty('hold');
  });

  test('who gets reports, and none by default', () => {
    const block = `bounce: { from: postmaster@Contoso.com, via: play, to: ['*@contoso.com'] }`;
    expect(configOf(`${sandbox}${block}`).bounce).toEqual({
      from: 'postmaster@contoso.com',
      via: 'play',
      backup: [],
      to: [{ text: '*@contoso.com', localPart: '*', domain: 'contoso.com' }],
    });
    expect(configOf(sandbox)).not.toHaveProperty('bounce');
  });

  test('servers that are switched off, and free ports', () => {
    const { http, listeners } = configOf(
      `${sandbox}http: { telemetry: false, admin: 127.0.0.1:0, showBodies: true }\nlisteners: [{ address: "[::1]:0" }]`,
    );
    expect(http).toEqual({
      telemetry: false,
      admin: { host: '127.0.0.1', port: 0 },
      showBodies: true,
    });
    expect(listeners).toMatchObject([{ name: 'smtp-0', host: '::1', port: 0 }]);
  });
});

describe('loadConfig() compiles conditions', () => {
  const subject = {
    client: {
      name: 'erp',
      ip: '10.1.2.3',
      listener: 'apps',
      ehlo: 'host',
      tls: false,
      senders: [],
    },
    reversePath: null,
    recipient: parseAddress('Someone@contoso.com') ?? fail(),
    header: {
      fields: [{ name: 'X-Score', value: '7' }],
      from: [{ name: 'ERP', address: 'erp@billing.contoso.com' }],
      sender: [],
      replyTo: [],
      to: [],
      cc: [],
      bcc: [],
      resent: { from: [], sender: [], to: [], cc: [] },
      unclear: [],
      subject: 'Your Invoice',
      hasDate: true,
    },
    sizeBytes: 2_000_000,
    content: {
      texts: ['Dear customer'],
      attachments: [{ name: 'a.pdf', type: 'application/pdf', sizeBytes: 1_500_000 }],
    },
  };

  function fail(): never {
    throw new Error(`Not an address: "${addressKey('Someone@contoso.com')}"`);
  }

  function conditionOf(when: string): Condition {
    const [rule] = configOf(`${sandbox}routes: [{ name: x, drop: true, when: ${when} }]`).routes;
    if (rule?.when === undefined) throw new Error(`No condition: "${when}"`);
    return rule.when;
  }

  test.each([
    ['{ subject: { contains: invoice } }', true],
    ['{ subject: { contains: invoice, case: true } }', false],
    ['{ subject: { contains: invoice, startsWith: my } }', false],
    ['{ subject: { matches: "^your (invoice|bill)$" } }', true],
    ['{ subject: { matches: "^your (invoice|bill)$", case: true } }', false],
    ['{ subject: { is: your invoice }, client: { isNot: erp } }', false],
    ['{ recipient: { endsWith: "@CONTOSO.com" } }', true],
    ['{ client.address: { in: [10.0.0.0/8, "::1"] } }', true],
    ['{ client.address: { in: [192.168.0.0/16] } }', false],
    ['{ client: { in: [crm, ERP] } }', true],
    ['{ size: { over: 1MB, under: 2MiB } }', true],
    ['{ size: { over: 2000000 } }', false],
    ['{ header.x-score: { over: 5 } }', true],
    ['{ header.X-Score: { is: 7 } }', true],
    ['{ header.X-Other: { exists: false } }', true],
    ['{ envelopeFrom: { exists: true } }', false],
    ['{ not: { subject: { contains: invoice } } }', false],
    ['{ body: { startsWith: dear } }', true],
    ['{ attachment.name: { matches: "[.]pdf$" }, attachment.type: { is: image/png } }', false],
    ['{ attachment.size: { over: 1MB }, attachment.count: { under: 2 } }', true],
    ['{ any: [{ cc: { exists: true } }, { from.name: { is: erp } }] }', true],
    ['{ all: [{ cc: { exists: true } }, { from.name: { is: erp } }] }', false],
    ['{ any: [{ subject: { is: x } }], from: { notContains: sales } }', false],
  ])('%s', (when, expected) => {
    expect(evaluate(conditionOf(when), subject)).toBe(expected);
  });
});

describe('loadConfig() takes a queue in PostgreSQL', () => {
  const url = 'postgres://graphpost:hunter2@db.example:5433/mail?sslmode=verify-full';
  const withQueue = `${sandbox}\nqueue: { store: "${url}" }\n`;

  test('with its password among the secrets, and an address that can be shown', () => {
    const { config, secrets } = loaded(withQueue);
    expect(config.queue.store).toEqual({
      kind: 'postgres',
      address: 'postgres://graphpost@db.example:5433/mail',
    });
    expect(secrets.queueUrl()).toBe(url);
    expect(JSON.stringify({ config, secrets }) + inspect({ config, secrets })).not.toMatch(
      'hunter2',
    );
  });
});

describe('loadConfig() keeps secrets apart', () => {
  const text = `${graph}
clients:
  - { name: a, login: { username: 1, password: ${'${PASSWORD}'} }, senders: ["*"] }
  - { name: b, login: { username: b, passwordHash: "${hash}" }, senders: ["*"] }
http: { adminToken: ${'${file:/run/secrets/admin}'} }
`;
  const loading = loaded(text, { PASSWORD: '0099' });

  test('and gives them out by name', () => {
    const { secrets } = loading;
    expect(secrets.clientSecret('main')).toBe('hunter2');
    expect(secrets.login('a')).toEqual({ kind: 'password', password: '0099' });
    expect(secrets.login('b')).toMatchObject({ kind: 'hash', hash: { logN: 14, r: 8, p: 1 } });
    expect(secrets.adminToken()).toBe('hunter2 of /run/secrets/admin');
    expect(loading.config.clients.map(({ username }) => username)).toEqual(['1', 'b']);
  });

  test.each([
    ['JSON.stringify()', JSON.stringify(loading)],
    ['util.inspect()', inspect(loading, { depth: 20, showHidden: true })],
  ])('which %s does not print', (_, printed) => {
    for (const secret of ['hunter2', '0099', 'd'.repeat(43)]) expect(printed).not.toContain(secret);
  });

  test('and names the files to watch', () => {
    expect(loading.watchedFiles).toEqual(['/run/secrets/admin']);
  });
});

describe('loadConfig() says of what is not given', () => {
  test.each([
    ['the connection', 'log: { level: info }', 'connections: is missing'],
    ['a tenant', graph.replace(/ *tenant:.*\n/, ''), 'connections.main.tenant: is missing'],
    ['a client id', graph.replace(/ *clientId:.*\n/, ''), 'connections.main.clientId: is missing'],
  ])('%s', (_, text, fault) => {
    expect(faultsOf(text)).toEqual([fault]);
  });

  test('nothing where it may stand in what could not be read', () => {
    expect(faultsOf('log: { level: info\nother: x')).not.toContain('connections: is missing');
  });

  test('nothing where a variable is to blame already', () => {
    const text = graph
      .replace('hunter2', '${SECRET}')
      .replace('contoso.onmicrosoft.com', '${TENANT}');
    expect(faultsOf(text)).toEqual([
      'connections.main.tenant: the variable TENANT is not set',
      'connections.main.credential.secret: the variable SECRET is not set',
    ]);
  });
});

describe('loadConfig() takes', () => {
  test('a file with a byte order mark and CRLF', () => {
    const text = `\uFEFF${graph}log: { levle: info }\n`.replaceAll('\n', '\r\n');
    expect(faultsOf(text)).toEqual(['log.levle: unknown key']);
    expect(faultsOf(text.replace('levle', 'level'))).toEqual([]);
  });

  test('a number for a text where a text is wanted', () => {
    const { secrets } = loaded(graph.replace('hunter2', '0123456'));
    expect(secrets.clientSecret('main')).toBe('0123456');
  });

  test('a key that expands to nothing for absent', () => {
    const { config } = loaded(
      `${sandbox}hostname: relay\nlisteners: ${'${L:-}'}\nfrom: { name: "${'${N:-}'}" }`,
    );
    expect(config.listeners).toHaveLength(1);
    expect(config.from).not.toHaveProperty('name');
  });

  test('numbers and truth values from the environment', () => {
    const text = `${sandbox}limits: { connections: ${'${C}'} }\nlisteners: [{ address: 127.0.0.1:${'${P}'}, loginWithoutTls: ${'${T}'} }]`;
    const { limits, listeners } = configOf(text, { C: '7', P: '25', T: 'true' });
    expect(limits.connections).toBe(7);
    expect(listeners).toMatchObject([{ port: 25, loginWithoutTls: true }]);
  });

  test('no quoted number for a number', () => {
    expect(faultsOf(`${sandbox}limits: { connections: "7" }`)).toEqual([
      'limits.connections: must be a whole number',
    ]);
  });
});

const login = 'clients: [{ name: a, login: { username: a, password: x }, senders: ["*"] }]\n';

/** Without those of certificates, which are no files here. */
function warningsOf(text: string) {
  return loaded(text).warnings.filter(({ message }) => !message.startsWith('names a file'));
}

describe('loadConfig() warns', () => {
  test.each([
    ['of a sandbox', sandbox, 'connections.play.type'],
    [
      'of a client that anybody can be',
      `${graph}clients: [{ name: a, senders: ["*"] }]`,
      'clients[0]',
    ],
    ['of an address that is not used', `${graph}from: { address: a@contoso.com }`, 'from.address'],
    [
      'of a condition on an unknown client',
      `${graph}routes: [{ name: x, drop: true, when: { client: { is: loc } } }]`,
      'routes[0].when.client.is',
    ],
    [
      'of a condition on an unknown listener',
      `${graph}routes: [{ name: x, drop: true, when: { not: { client.listener: { in: [smtp-2525, b] } } } }]`,
      'routes[0].when.not.client.listener.in[1]',
    ],
    [
      'of memory for direct listeners where there is none',
      `${graph}direct: { memory: 1MB }`,
      'direct',
    ],
    [
      'of a version of TLS that is broken',
      `${graph}listeners: [{ address: 127.0.0.1:25, certificate: { cert: a, key: b }, minTls: TLSv1 }]`,
      'listeners[0].minTls',
    ],
    [
      'of a PROXY header that is believed from anywhere',
      `${graph}listeners: [{ address: 127.0.0.1:25, proxyProtocol: [10.0.0.0/8, 0.0.0.0/0] }]`,
      'listeners[0].proxyProtocol[1]',
    ],
    [
      'of reports to strangers',
      `${graph}bounce: { from: a@contoso.com, via: main, to: ['*@contoso.com', '*'] }`,
      'bounce.to[1]',
    ],
    [
      'of a login that nobody else can use',
      `${graph}listeners: [{ address: 0.0.0.0:25 }]\n${login}`,
      'clients[0].login',
    ],
    [
      'of a connection that still has a placeholder',
      graph.replace(/clientId: \S+/, 'clientId: 00000000-0000-0000-0000-000000000000'),
      'connections.main.clientId',
    ],
  ])('%s', (_, text, key) => {
    expect(warningsOf(text).map((warning) => warning.key)).toEqual([key]);
  });

  test.each([
    ['of nothing else', ''],
    ['of no login on this machine', `listeners: [{ address: 127.0.0.1:25 }]\n${login}`],
    [
      'of no login that has TLS',
      `listeners: [{ address: 0.0.0.0:25, certificate: { cert: a, key: b } }]\n${login}`,
    ],
    [
      'of no login that may go in clear',
      `listeners: [{ address: 0.0.0.0:25, loginWithoutTls: true }]\n${login}`,
    ],
  ])('%s', (_, text) => {
    expect(warningsOf(`${graph}${text}`)).toEqual([]);
  });
});

describe('loadConfig() warns of a page that anybody may use', () => {
  const admin = 'http: { admin: 0.0.0.0:8025 }';

  test.each([
    ['beyond this machine', `${sandbox}${admin}`, true],
    ['not on this machine alone', `${sandbox}http: { admin: "[::1]:8025" }`, false],
    ['not where there is none', `${sandbox}http: { admin: false }`, false],
    ['not where it asks for a token', `${graph}${admin}`, false],
  ])('%s', (_, text, isWarned) => {
    const keys = loaded(text).warnings.map(({ key }) => key);
    expect(keys.includes('http.admin')).toBe(isWarned);
  });
});

describe('loadConfig() cannot use', () => {
  test('a file that does not exist', () => {
    const loading = loadConfig('/nowhere/graphpost.yaml', { env: {} });
    expect(loading).toEqual({
      kind: 'faulty',
      faults: [
        {
          file: '/nowhere/graphpost.yaml',
          line: 0,
          column: 0,
          key: '',
          message: 'the file does not exist',
        },
      ],
      watchedFiles: [],
    });
  });

  test('a device in place of a file, which would be read for ever', () => {
    expect(loadConfig('/dev/zero', { env: {} })).toMatchObject({
      kind: 'faulty',
      faults: [{ message: 'the file is no file but a device or pipe' }],
    });
  });

  test('a secret that is a device, and says which files to wait for', () => {
    const text = 'connections: { main: { type: sandbox } }\nhostname: ${file:/dev/zero}';
    const loading = load(text);
    expect(loading).toMatchObject({ kind: 'faulty', watchedFiles: ['/dev/zero'] });
  });

  test('a file that is too large', () => {
    expect(faultsOf(`# ${'x'.repeat(1_000_000)}`)).toEqual([
      ': the file is too large for a configuration',
    ]);
  });
});

describe('loadConfig() never throws, and names the place of what is wrong,', () => {
  const example = readFileSync(join(import.meta.dirname, '../../config/example.yaml'), 'utf8');
  const lines = example.split('\n');
  const scraps = [
    '',
    'x',
    '[',
    '{',
    '}',
    ']',
    ': ',
    '- ',
    '"',
    '*',
    '&a ',
    '${',
    '~',
    '5',
    '\t',
    '!!map ',
  ];

  /** Faults that say nothing, or stand outside of the text; `none` for a refusal without any. */
  function strayFaults(text: string): readonly unknown[] {
    const loading = load(text);
    if (loading.kind === 'loaded') return [];
    const lineCount = text.split('\n').length;
    const strays = loading.faults.filter(({ line, message }) => line > lineCount || message === '');
    return loading.faults.length === 0 ? ['none'] : strays;
  }

  test('for any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(strayFaults(text)).toEqual([]);
      }),
    );
  });

  test('for a file with lines missing', () => {
    const missing = fc.uniqueArray(fc.nat(lines.length - 1), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(missing, (numbers) => {
        const gone = new Set(numbers);
        const text = lines.filter((_, number) => !gone.has(number)).join('\n');
        expect(strayFaults(text)).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  test('for a file with scraps in it', () => {
    const damage = fc.record({
      at: fc.nat(example.length),
      length: fc.nat(12),
      scrap: fc.constantFrom(...scraps),
    });
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 5 }), (damages) => {
        let text = example;
        for (const { at, length, scrap } of damages) {
          text = text.slice(0, at) + scrap + text.slice(at + length);
        }
        expect(strayFaults(text)).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });
});
