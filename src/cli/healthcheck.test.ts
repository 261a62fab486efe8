import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { freePort } from '../../test/support/free-port.ts';
import { runHealthcheck } from './healthcheck.ts';

async function check(url: string) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await runHealthcheck({ url }, { stdout, stderr });
  return { code, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
}

describe('runHealthcheck()', () => {
  test.each(['notaurl', 'localhost:9464', '', 'file:///readyz'])(
    'exits with 2 for %j, in a sentence',
    async (url) => {
      const err = `"${url}" is no URL: give one such as http://127.0.0.1:9464\n`;
      expect(await check(url)).toEqual({ code: 2, out: '', err });
    },
  );

  test('exits with 4 where nobody answers', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    expect(await check(url)).toMatchObject({
      code: 4,
      err: expect.stringMatching(`^No gateway answers at ${url}/readyz: .*\n$`),
    });
  });
});
