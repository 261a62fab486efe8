import { describe, expect, test } from 'vitest';
import { findConfigFile, formatMissing } from './find-config.ts';

const everywhere = { env: { GRAPHPOST_CONFIG: '/env.yaml' }, cwd: '/srv', exists: () => true };

describe('findConfigFile()', () => {
  test('takes the flag first, from the working folder', () => {
    expect(findConfigFile({ ...everywhere, flag: 'my.yaml' })).toEqual({
      kind: 'found',
      file: '/srv/my.yaml',
    });
  });

  test('takes GRAPHPOST_CONFIG next, be the file there or not', () => {
    const found = findConfigFile({ ...everywhere, exists: () => false });
    expect(found).toEqual({ kind: 'found', file: '/env.yaml' });
  });

  test('takes ./config/graphpost.yaml before /etc/graphpost/graphpost.yaml', () => {
    const found = findConfigFile({ ...everywhere, env: {} });
    expect(found).toEqual({ kind: 'found', file: '/srv/config/graphpost.yaml' });
  });

  test('takes /etc/graphpost/graphpost.yaml last', () => {
    const exists = (path: string) => path.startsWith('/etc/');
    const found = findConfigFile({ env: { GRAPHPOST_CONFIG: '' }, cwd: '/srv', exists });
    expect(found).toEqual({ kind: 'found', file: '/etc/graphpost/graphpost.yaml' });
  });

  test('names the places where there is none', () => {
    const found = findConfigFile({ env: {}, cwd: '/srv', exists: () => false });
    const places = ['/srv/config/graphpost.yaml', '/etc/graphpost/graphpost.yaml'];
    expect(found).toEqual({ kind: 'missing', places });
    for (const place of places) expect(formatMissing(places)).toContain(place);
    expect(formatMissing(places)).toMatch(/; graphpost setup writes one$/);
  });
});
