import { describe, expect, test } from 'vitest';
import type { ConnectionConfig, CredentialConfig } from '../config/config.ts';
import { parseAddress } from '../core/address.ts';
import { describeIdentity } from './identity-words.ts';

function graph(credential: CredentialConfig, more: object = {}): ConnectionConfig {
  return {
    name: 'main',
    type: 'graph',
    cloud: { authority: 'https://login.example', graph: 'https://graph.example' },
    tenant: 'contoso',
    clientId: 'app-1',
    credential,
    sendAs: { kind: 'from' },
    saveToSentItems: true,
    requestLimitBytes: 4_000_000,
    largeMessages: true,
    quotedPrintable: 'base64',
    limits: { concurrency: 4, requestsPer10Minutes: 10_000, uploadBytesPer5Minutes: 1 },
    ...more,
  };
}

const smtp = {
  name: 'host',
  type: 'smtp',
  host: 'mx.example.com',
  port: 587,
  implicitTls: false,
  returnPath: 'from',
} as const;

describe('describeIdentity()', () => {
  test.each([
    [graph({ kind: 'secret' }), 'App app-1 in tenant contoso, with a client secret'],
    [
      graph({ kind: 'certificate', certFile: '/etc/a.crt', keyFile: '/etc/a.key' }),
      'App app-1 in tenant contoso, with the certificate /etc/a.crt',
    ],
    [
      graph({ kind: 'pfx', file: '/etc/a.pfx' }),
      'App app-1 in tenant contoso, with the certificate in /etc/a.pfx',
    ],
    [
      graph({ kind: 'federatedToken', file: '/var/run/token' }),
      'App app-1 in tenant contoso, with the federated token /var/run/token',
    ],
    [
      graph({ kind: 'managedIdentity' }, { tenant: 'managed', clientId: 'system' }),
      'The managed identity of this machine',
    ],
    [
      graph({ kind: 'managedIdentity', clientId: 'mi-1' }, { tenant: 'managed', clientId: 'mi-1' }),
      'The managed identity mi-1',
    ],
    [
      graph({ kind: 'none' }, { account: parseAddress('ann@contoso.com') }),
      'App app-1 in tenant contoso, as a public client, as ann@contoso.com',
    ],
    [{ ...smtp }, 'Mail server mx.example.com port 587, without a login'],
    [{ ...smtp, username: 'relay' }, 'Mail server mx.example.com port 587, as "relay"'],
    [
      { ...smtp, username: 'ann@contoso.com', oauth2: 'main' },
      'Mail server mx.example.com port 587, as "ann@contoso.com", with the identity of connection "main"',
    ],
  ] as const)('of %j is %j', (connection, text) => {
    expect(describeIdentity(connection).text).toBe(text);
  });
});
