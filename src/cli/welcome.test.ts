import { describe, expect, test } from 'vitest';
import { formatWelcome, type WelcomeFacts } from './welcome.ts';

const facts: WelcomeFacts = {
  listeners: [{ name: 'apps', host: '127.0.0.1', port: 2525 }],
  admin: { host: '0.0.0.0', port: 8025 },
  adminTokenFile: '/data/admin-token',
};

describe('formatWelcome()', () => {
  test('has a link that logs in, with the token behind its #', () => {
    expect(formatWelcome({ ...facts, adminToken: 'a b#c%/ü' })).toBe(`
  Mail host  127.0.0.1:2525  (apps)
  Look at    http://127.0.0.1:8025/login#token=a%20b%23c%25%2F%C3%BC  (it logs in: keep it to yourself)
  Its token  in /data/admin-token

`);
  });

  test('has the page alone where no token is asked for', () => {
    expect(formatWelcome(facts)).toContain('Look at    http://127.0.0.1:8025\n');
    const { admin: _, ...withoutPage } = facts;
    expect(formatWelcome({ ...withoutPage, adminToken: 'x' })).not.toContain('token=');
  });
});
