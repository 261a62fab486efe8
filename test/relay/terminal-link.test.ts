// The link that logs in, which `serve` prints on a terminal alone: `script` of util-linux stands in for one.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mainFile } from '../support/gateway-process.ts';
import { writeConfig } from '../support/gateway.ts';
import { until } from '../support/until.ts';

const hasTerminal = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;
const missing = hasTerminal ? '' : 'the link on a terminal: no "script" of util-linux is installed';

const connections = 'connections: { main: { type: smtp, url: "smtp://127.0.0.1:9" } }';

interface Run {
  readonly output: string;
  readonly token: string;
  /** What the page answers who posts it. */
  readonly status: number | undefined;
}

/** Starts a gateway with a queue of its own, logs in by the link that it prints, and ends it. */
async function runServe({
  onTerminal,
  log,
}: {
  readonly onTerminal: boolean;
  readonly log: string;
}): Promise<Run> {
  const { file, folder } = await writeConfig({ connections, log });
  const words = [process.execPath, mainFile, 'serve', '--config', file];
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const child = onTerminal
    ? spawn('script', ['-qefc', `exec ${quoted}`, '/dev/null'], { stdio: ['pipe', 'pipe', 'pipe'] })
    : spawn(process.execPath, words.slice(1), { stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (text) => (output += String(text)));
  child.stderr.on('data', (text) => (output += String(text)));
  try {
    await until(() => hasEnded(child) || output.includes('Accepting mail'), { withinMs: 60_000 });
    if (hasEnded(child)) throw new Error(`The gateway ended: ${output.slice(-4_000)}`);
    const token = (await readFile(join(folder, 'admin-token'), 'utf8')).trim();
    const [, page, given] = /(http:\/\/\S+\/login)#token=(\S+)/.exec(output) ?? [];
    const body = `token=${given ?? ''}`;
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const status =
      page && (await fetch(page, { method: 'POST', body, headers, redirect: 'manual' })).status;
    return { output, token, status: status || undefined };
  } finally {
    // On a terminal, its hang-up would be taken for SIGHUP: Ctrl+C ends it.
    if (onTerminal) child.stdin.write('\u0003');
    else child.kill('SIGTERM');
    if (!hasEnded(child)) await once(child, 'exit');
    await rm(folder, { recursive: true, force: true });
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

test.skipIf(missing !== '')(
  missing || 'serve prints on a terminal a link that logs in',
  async () => {
    const { output, token, status } = await runServe({ onTerminal: true, log: '' });
    expect(output).toContain(`/login#token=${token}`);
    expect(status).toBe(303);
    const logged = output.split('\n').filter((line) => !line.includes('Look at'));
    expect(logged.join('\n')).not.toContain(token);
  },
);

test.each([
  ['without a terminal', false, ''],
  ...(hasTerminal
    ? [['on a terminal with a log of JSON', true, 'log: { format: json }'] as const]
    : []),
] as const)('serve prints the token nowhere %s', async (_where, onTerminal, log) => {
  const { output, token } = await runServe({ onTerminal, log });
  expect(token).not.toBe('');
  expect(output).not.toContain(token);
});
