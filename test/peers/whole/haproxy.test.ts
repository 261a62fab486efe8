// HAProxy before a listener: the client is who its PROXY header says, in both versions.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createNetworks, startIntake } from '../../dialogs/intake.ts';
import { freePort } from '../../support/free-port.ts';
import { until } from '../../support/until.ts';
import { missingFile, missingProgram, run, start, unpacked } from '../programs.ts';

const haproxy = unpacked('haproxy', 'usr/sbin/haproxy');
const missing = missingFile(haproxy) ?? missingProgram(haproxy, ['-v']) ?? missingProgram('curl');
const name = missing === undefined ? 'HAProxy' : `HAProxy: ${missing}`;

async function isListening(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  const found = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  });
  socket.destroy();
  return found;
}

test.skipIf(missing !== undefined).each(['send-proxy', 'send-proxy-v2', 'send-proxy-v2 check'])(
  `${name} with %s tells who the client is`,
  async (option) => {
    await using intake = await startIntake({
      listener: { proxies: createNetworks('127.0.0.1/32') },
    });
    const folder = await mkdtemp(join(tmpdir(), 'graphpost-haproxy-'));
    const port = await freePort();
    await writeFile(
      join(folder, 'haproxy.cfg'),
      `defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen smtp
  bind 127.0.0.1:${port}
  server us 127.0.0.1:${intake.listener.address.port} ${option}
`,
    );
    await writeFile(join(folder, 'mail.eml'), 'Subject: x\r\n\r\nx\r\n');
    await using _proxy = start(haproxy, ['-db', '-f', join(folder, 'haproxy.cfg')]);
    await until(() => isListening(port));
    await run('curl', [
      ...['-sS', '--interface', '127.0.0.2', `smtp://127.0.0.1:${port}`],
      ...['--mail-from', 'a@b.example', '--mail-rcpt', 'c@d.example'],
      ...['-T', join(folder, 'mail.eml')],
    ]);
    expect(intake.kept).toMatchObject([{ client: { ip: '127.0.0.2' } }]);
    expect(intake.events.filter((event) => event.name === 'fault')).toEqual([]);
    await rm(folder, { recursive: true });
  },
);
