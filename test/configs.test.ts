// Every kind of faulty configuration file, and exactly what is said of it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatFault } from '../src/config/fault.ts';
import { loadConfig, type Loading } from '../src/config/load.ts';

const folder = join(import.meta.dirname, 'configs');
const cases = readdirSync(folder);

function faultsOf(loading: Loading): string {
  if (loading.kind === 'loaded') return 'no faults\n';
  return loading.faults
    .map((fault) => `${formatFault({ ...fault, file: 'graphpost.yaml' })}\n`)
    .join('');
}

describe('loadConfig() names every fault of', () => {
  test.each(cases)('%s', (name) => {
    const expected = readFileSync(join(folder, name, 'expected-error.txt'), 'utf8');
    const loading = loadConfig(join(folder, name, 'graphpost.yaml'), { env: {} });
    expect(faultsOf(loading)).toBe(expected);
  });
});

test('loadConfig() finds six faults of six kinds at six places', () => {
  const loading = loadConfig(join(folder, 'six-faults/graphpost.yaml'), { env: {} });
  const places = loading.kind === 'faulty' ? loading.faults.map(({ key }) => key) : [];
  expect(places).toEqual([
    'listeners[0].address',
    'connections.main.clientid',
    'connections.main.credential.secret',
    'routes[0].when.subject.matches',
    'routes[0].send.via',
    'log.level',
  ]);
});

const secrets = /hunter2|hush/;

test.each(cases)('faults of %s hold no secret and no expanded value', (name) => {
  const loading = loadConfig(join(folder, name, 'graphpost.yaml'), { env: {} });
  // The files to watch are names that stand in the configuration, and nobody prints them.
  const { watchedFiles: _names, ...said } = loading;
  const withoutReferences = JSON.stringify(said).replaceAll('${file:hush.txt}', '');
  expect(withoutReferences).not.toMatch(secrets);
});

describe('shipped files load without faults', () => {
  const shipped = join(import.meta.dirname, '../config');
  const files = readdirSync(shipped).filter((file) => file.endsWith('.yaml'));
  // What config/sidecar.yaml wants to be told.
  const env = {
    GRAPHPOST_TENANT: 'contoso.onmicrosoft.com',
    GRAPHPOST_CLIENT_ID: '01234567-89ab-cdef-0123-456789abcdef',
    GRAPHPOST_CLIENT_SECRET: 'from-the-app-registration',
  };

  test.each(files)('%s', (file) => {
    expect(faultsOf(loadConfig(join(shipped, file), { env }))).toBe('no faults\n');
  });
});
