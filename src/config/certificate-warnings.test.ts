import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createCertificateFiles,
  type CertificateFiles,
} from '../../test/support/certificate-files.ts';
import { createCertificate } from '../../test/support/https-server.ts';
import { loadConfig } from './load.ts';

let files: CertificateFiles;
const dayMs = 86_400_000;

beforeAll(async () => {
  files = await createCertificateFiles();
  const { keyPem } = await createCertificate('ec');
  await writeFile(join(dirname(files.keyFile), 'other.key'), keyPem);
});
afterAll(() => files[Symbol.asyncDispose]());

/** Warnings of a listener and of a connection with this certificate. */
function warningsOf({ key = 'tls.key', laterMs = 0 }) {
  const text = `
listeners: [{ address: "127.0.0.1:2525", certificate: { cert: tls.crt, key: ${key} } }]
connections:
  main: { type: graph, tenant: contoso.com, clientId: 01234567-89ab-cdef-0123-456789abcdef, credential: { certificate: { cert: tls.crt, key: ${key} } } }
default: { send: { via: main } }
`;
  const options = { env: {}, readFile: () => text, now: Date.now() + laterMs };
  const loading = loadConfig(join(dirname(files.certFile), 'graphpost.yaml'), options);
  if (loading.kind === 'faulty') throw new Error(JSON.stringify(loading.faults));
  return loading.warnings;
}

const places = ['listeners[0].certificate', 'connections.main.credential.certificate'];

test.each([
  [
    'has expired',
    { laterMs: 2 * dayMs },
    /^cannot be used: the certificate has expired on .*, and/,
  ],
  ['has another key', { key: 'other.key' }, /^cannot be used: the key is of another certificate$/],
  ['is not there', { key: 'none.key' }, /^names a file that cannot be read: .*none\.key$/],
])('loadConfig() warns of a certificate that %s', (_name, change, words) => {
  const warnings = warningsOf(change);
  expect(warnings.map(({ key }) => key)).toEqual(places);
  for (const { message } of warnings) expect(message).toMatch(words);
});

test('loadConfig() says that no gateway starts whose listener has no certificate', () => {
  const hints = warningsOf({ key: 'none.key' }).map(({ hint }) => hint);
  expect(hints).toEqual(['the gateway does not start without it', undefined]);
});

test('loadConfig() does not warn of a certificate that is good', () => {
  expect(warningsOf({})).toEqual([]);
});

test.each([
  ['not there', 'none.pfx', [/^names a file that cannot be read: .*none\.pfx$/]],
  ['there', 'tls.crt', []],
])('loadConfig() looks whether a file of PKCS #12 is there: %s', (_what, pfx, words) => {
  const text = `
connections:
  main: { type: graph, tenant: contoso.com, clientId: 01234567-89ab-cdef-0123-456789abcdef, credential: { certificate: { pfx: ${pfx} } } }
default: { send: { via: main } }
`;
  const options = { env: {}, readFile: () => text, now: Date.now() };
  const loading = loadConfig(join(dirname(files.certFile), 'graphpost.yaml'), options);
  expect(loading.kind === 'loaded' && loading.warnings.map(({ message }) => message)).toEqual(
    words.map((form) => expect.stringMatching(form)),
  );
});
