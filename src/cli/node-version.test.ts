import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { versionFault } from './node-version.ts';

describe('versionFault()', () => {
  test.each(['18.20.4', '20.20.2', '23.11.1'])('refuses %s, and says which it takes', (version) => {
    expect(versionFault(version)).toBe(`Graphpost needs Node.js 24 or newer; this is ${version}`);
  });

  test.each(['24.0.0', '24.21.0', '25.1.0', '100.0.0'])('takes %s', (version) => {
    expect(versionFault(version)).toBeUndefined();
  });

  test('holds what package.json says', () => {
    const file = new URL('../../package.json', import.meta.url);
    const { engines } = JSON.parse(readFileSync(file, 'utf8')) as { engines: { node: string } };
    const [oldest = ''] = /\d+/.exec(engines.node) ?? [];
    expect(versionFault(`${oldest}.0.0`)).toBeUndefined();
    expect(versionFault(`${Number(oldest) - 1}.9.9`)).toBeDefined();
  });
});
