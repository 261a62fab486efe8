import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { formatScryptHash, hashPassword, parseScryptHash } from '../config/scrypt-hash.ts';
import { runHashPassword } from './hash-password.ts';

async function hash(input: string, { isTTY = false } = {}) {
  let [out, err] = ['', ''];
  const code = await runHashPassword({
    stdin: Object.assign(Readable.from([input]), { isTTY }),
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
  });
  return { code, out, err };
}

/** Whether the hash that was printed is that of the password. */
function isHashOf(printed: string, password: string): boolean {
  const parsed = parseScryptHash(printed.trim());
  if (parsed === undefined) return false;
  return formatScryptHash(hashPassword(password, { salt: parsed.salt })) === printed.trim();
}

describe('runHashPassword()', () => {
  test.each(['hunter2', 'hunter2\n', 'hunter2\r\n', 'hunter2\nmore\n'])(
    'takes the first line of %j',
    async (input) => {
      const { code, out, err } = await hash(input);
      expect([code, err]).toEqual([0, '']);
      expect(isHashOf(out, 'hunter2')).toBe(true);
    },
  );

  test('salts every hash', async () => {
    expect((await hash('hunter2')).out).not.toBe((await hash('hunter2')).out);
  });

  test.each(['', '\n', '\nhunter2'])('wants a password, not %j', async (input) => {
    expect(await hash(input)).toEqual({ code: 2, out: '', err: 'No password was given\n' });
  });

  test('asks twice on a terminal, and shows nothing of it', async () => {
    const { code, out, err } = await hash('hunter2\nhunter2\n', { isTTY: true });
    expect([code, err]).toEqual([0, 'Password: \nAgain: \n']);
    expect(isHashOf(out, 'hunter2')).toBe(true);
  });

  test('refuses two that differ', async () => {
    const { code, out, err } = await hash('hunter2\nhunter3\n', { isTTY: true });
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('The two passwords differ');
  });
});
