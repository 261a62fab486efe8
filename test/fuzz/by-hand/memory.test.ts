// A gateway as a process, which is talked to for minutes by those who mean it no good: it stays, and stays small.
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSandbox } from '../../../src/sandbox/sandbox.ts';
import { connectGreeted } from '../../dialogs/raw-client.ts';
import { createGatewayProcess, type GatewayProcess } from '../../support/gateway-process.ts';
import { fuzzMinutes, fuzzTimeoutMs } from '../budget.ts';
import { hostileSegments } from '../hostile-dialogue.ts';

const attackersAtOnce = 8;
/** Between the end of the first third and the end. */
const mostGrowthMB = 40;

async function residentMB(gateway: GatewayProcess): Promise<number> {
  // What is torn down by then is no growth.
  await delay(3_000);
  const status = await readFile(`/proc/${gateway.pid()}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1000;
}

/** Each plays one dialogue after the other until then, and reads what it is told. */
async function attack(gateway: GatewayProcess, until: number, seed: number): Promise<void> {
  const dialogues = fc.sample(hostileSegments, { numRuns: 2_000, seed });
  for (let number = 0; Date.now() < until; number = (number + 1) % dialogues.length) {
    using client = await connectGreeted({ host: '127.0.0.1', port: gateway.smtpPort });
    for (const segment of dialogues[number] ?? []) await client.write(segment);
    await client.readAll();
  }
}

async function attackAll(gateway: GatewayProcess, ms: number): Promise<void> {
  const until = Date.now() + ms;
  const attackers = Array.from({ length: attackersAtOnce }, (_, index) => index + 1);
  await Promise.all(attackers.map((seed) => attack(gateway, until, seed)));
}

test(
  'a gateway under attack does not grow',
  async () => {
    await using sandbox = await createSandbox({ now: Date.now });
    await using gateway = await createGatewayProcess(sandbox, {
      changes: {
        // Wrong logins would keep the attackers out for a minute.
        limits: 'limits: { authFailuresPerMinute: 1000000 }',
        clients: 'clients: [{ name: apps, networks: [127.0.0.0/8], recipients: ["*@d.example"] }]',
        routes: 'routes: [{ name: all, when: { recipient: { is: c@d.example } }, drop: true }]',
      },
    });
    // V8 leaves what it could let go while there is room: a leak must show.
    await gateway.start({ env: { NODE_OPTIONS: '--max-old-space-size=96' } });
    await attackAll(gateway, fuzzMinutes * 20_000);
    const before = await residentMB(gateway);
    await attackAll(gateway, fuzzMinutes * 40_000);
    const after = await residentMB(gateway);
    process.stdout.write(`Memory under attack: ${before} MB, then ${after} MB\n`);
    expect(after - before).toBeLessThan(mostGrowthMB);
  },
  fuzzTimeoutMs,
);
