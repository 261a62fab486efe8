import { readFileSync } from 'node:fs';
import { test } from 'vitest';
import { createSandbox } from '../../src/sandbox/sandbox.ts';
import { createGatewayProcess, freePort } from '../support/gateway-process.ts';
import { sendLargeMail } from '../support/large-mail.ts';
import { until } from '../support/until.ts';

function rss(pid: number) {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  const read = (key: string) => Number(new RegExp(`${key}:\\s+(\\d+)`).exec(text)?.[1]) / 1000;
  return { now: read('VmRSS'), peak: read('VmHWM') };
}

test('mem', async () => {
  const sandbox = await createSandbox({ now: Date.now, keepMessages: 1, limits: { messageBytes: 210e6 } });
  const smtpPort = await freePort();
  const gateway = await createGatewayProcess(sandbox, { changes: {
    listeners: `listeners: [{ name: apps, address: "127.0.0.1:${smtpPort}" }]`,
    log: 'log: { level: info, format: json }',
  } });
  await gateway.start({ env: { NODE_OPTIONS: process.env['MEMOPTS'] ?? '' } });
  const pid = gateway.pid();
  await sendLargeMail(smtpPort, { from: 'a@contoso.com', subject: 'x', files: [{ header: ['Content-Type: application/pdf; name=x.pdf'], bytes: 100 }] });
  await new Promise((r) => setTimeout(r, 2000));
  const idle = rss(pid);
  const start = Date.now();
  const samples: number[] = [];
  const timer = setInterval(() => samples.push(Math.round(rss(pid).now)), 500);
  await Promise.all(Array.from({ length: 20 }, (_, at) => sendLargeMail(smtpPort, { from: `m${at}@contoso.com`, subject: `m${at}`, files: [{ header: ['Content-Type: application/pdf; name=x.pdf'], bytes: 14_600_000 }] })));
  console.log('accepted after', Date.now() - start, rss(pid));
  await until(() => sandbox.requests.filter((r) => r.path.endsWith('/send') && r.status === 202).length >= 20, { withinMs: 45_000 }).catch(() => console.log('NOT ALL'));
  clearInterval(timer);
  console.log('done after', Date.now() - start, 'idle', idle, 'peak', rss(pid), 'delta', rss(pid).peak - idle.now, samples.join(' '));
  console.log(gateway.output().split('\n').filter((l) => l.includes('attempted')).map((l) => { const j=JSON.parse(l); return [j.outcome,j.reason,j.diagnostic,j.durationMs].join(' '); }).join('\n'), gateway.output().split('\n').filter((l) => !l.includes('attempted')).slice(-10).join('\n'));
  console.log(sandbox.violations.slice(0,3), sandbox.requests.length);
  await gateway[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
}, 120_000);
