// A night drill: for each kind of trouble, the page, the alert, the metric and `graphpost why` name the cause and what mends it.
import { rm } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { runWhy } from '../../src/cli/why.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { startAlertReceiver } from '../support/alert-receiver.ts';
import { createCliIo } from '../support/cli-io.ts';
import { startTestGateway, writeConfig, type Blocks } from '../support/gateway.ts';
import { until } from '../support/until.ts';

interface Drill {
  readonly name: string;
  readonly changes?: Blocks;
  /** Brings the trouble about. */
  readonly trouble?: (sandbox: Sandbox) => void;
  /** The client is told to come back. */
  readonly isRefused?: true;
  /** What stands on top of the page: the cause, and what to do. */
  readonly page: readonly RegExp[];
  readonly event: string;
  /** What the alert says. */
  readonly text: RegExp;
  readonly remedy: RegExp;
  /** A line of the metrics. */
  readonly metric: RegExp;
  /** What `why` says; of what was never taken, that there is nothing. */
  readonly why: readonly RegExp[];
}

const expiredSecret = {
  status: 401,
  body: JSON.stringify({
    error: 'invalid_client',
    error_description: 'AADSTS7000222: The provided client secret keys are expired.',
    error_codes: [7000222],
  }),
};

const throttled = {
  status: 429,
  headers: { 'Retry-After': '900' },
  body: '{"error":{"code":"ApplicationThrottled","message":"Too many requests."}}',
};

const drills: readonly Drill[] = [
  {
    name: 'an expired secret',
    trouble: ({ faults }) => faults.next(expiredSecret, { on: 'token', times: 100 }),
    page: [
      /^All mail over connection "main" waits: The client secret has expired \(AADSTS7000222\)\. 1 message waits/,
      /To do: Create a new secret for the app, or use a certificate\..* graphpost queue retry --all --connection 'main'/,
    ],
    event: 'connectionDown',
    text: /^All mail over connection "main" waits: .*AADSTS7000222/,
    remedy: /graphpost queue retry --all --connection 'main'/,
    metric: /^graphpost_holds\{connection="main",scope="connection"\} 1$/m,
    why: [/It means: .*AADSTS7000222/, /Next: it waits until somebody mends this/, /valid secret/],
  },
  {
    name: 'Graph down',
    trouble: ({ faults }) => faults.next({ status: 503 }, { times: 1_000 }),
    page: [
      /^Connection "main" met trouble again and again: .*503/,
      /To do: .*goes on by itself when it works; at once after graphpost queue retry/,
    ],
    event: 'connectionDown',
    text: /^Connection "main" met trouble again and again: /,
    remedy: /^It is tried now and then, and goes on by itself/,
    metric: /^graphpost_breaker_state\{connection="main"\} 1$/m,
    why: [
      /It means: The next hop had trouble of its own/,
      /Next: it is tried again/,
      /service health/,
    ],
  },
  {
    name: 'a throttled mailbox',
    trouble: ({ faults }) => faults.next(throttled, { times: 100 }),
    page: [
      /^Mail of "app@contoso.com" is slowed down, and goes on at 2.* 1 message waits/,
      /To do: Microsoft 365, or "limits" of the connection, asks for it: send less at once/,
    ],
    event: 'throttled',
    text: /^Mail of "app@contoso.com" is slowed down, and goes on at 2/,
    remedy: /send less at once/,
    metric: /^graphpost_delivery_attempts_total\{connection="main",result="throttled"\} 1$/m,
    why: [
      /ApplicationThrottled, request-id /,
      /Next: it (waits for its turn, )?(is tried again )?in 1\d minutes/,
    ],
  },
  {
    name: 'a rule that sends as a mailbox that there is not',
    changes: {
      routes: 'routes: [{ name: wrong, send: { via: main, sendAs: missing@contoso.com } }]',
    },
    page: [
      /^Mail of mailbox "missing@contoso.com" over connection "main" waits: .*\(ErrorInvalidUser, HTTP 404\)\. 1 message waits/,
      /To do: Check sendAs: .* graphpost queue retry/,
    ],
    event: 'connectionDown',
    text: /^Mail of mailbox "missing@contoso.com" over connection "main" waits: /,
    remedy: /is not bounced/,
    metric: /^graphpost_holds\{connection="main",scope="lane"\} 1$/m,
    why: [/rule "wrong" sends it over connection "main"/, /the right one in sendAs/],
  },
  {
    name: 'a full disk',
    changes: { queue: 'queue: { store: "sqlite:graphpost.db", full: { freeDisk: 100% } }' },
    isRefused: true,
    page: [
      /^New mail is not taken: The disk of the queue has less than 100 % free \(queue.full.freeDisk\)\./,
      /To do: Clients keep their mail and try again; make room, or mend what the queue waits for/,
    ],
    event: 'diskLow',
    text: /^The disk of the queue has /,
    remedy: /room/,
    metric:
      /^graphpost_smtp_rejections_total\{listener="apps",stage="mail",reason="store"\} [1-9]/m,
    why: [
      /The queue has nothing of "app@contoso.com"/,
      /Just now: New mail is not taken: The disk of the queue has less than/,
      /To do: Clients keep their mail and try again; make room/,
    ],
  },
];

describe('a night drill', () => {
  test.concurrent.each(drills)('$name', async (drill) => {
    await using receiver = await startAlertReceiver();
    const to = `{ webhook: "${receiver.url}", allowLocal: true }`;
    await using gateway = await startTestGateway({
      alerts: `alerts: [{ on: [connectionDown, throttled, diskLow], to: ${to} }]`,
      ...drill.changes,
    });
    drill.trouble?.(gateway.sandbox);
    const mail = { from: 'app@contoso.com', to: 'ann@example.com', subject: 'x', text: 'x' };
    const reply = await gateway.send(mail).then(
      () => '250',
      (error: Error) => error.message,
    );
    expect(reply).toContain(drill.isRefused ? '452 4.3.1' : '250');
    await until(() => receiver.told(drill.event).length > 0);
    const [alert] = receiver.told(drill.event);
    expect(alert?.text).toMatch(drill.text);
    expect(alert?.remedy).toMatch(drill.remedy);
    expect(await (await fetch(`${gateway.telemetryUrl}/metrics`)).text()).toMatch(drill.metric);
    const sentence = await topOfPage(gateway.adminUrl);
    for (const part of drill.page) expect(sentence).toMatch(part);
    const answer = await why('app@contoso.com', gateway.adminUrl);
    expect(answer.code).toBe(drill.isRefused ? 1 : 0);
    for (const part of drill.why) expect(answer.text).toMatch(part);
  });
});

test('the page names the cause where nothing is kept, too', async () => {
  await using gateway = await startTestGateway({
    listeners: 'listeners: [{ name: apps, address: "127.0.0.1:0", mode: direct }]',
  });
  expect(await topOfPage(gateway.adminUrl)).toMatch(/^All is well: .* nothing is kept here/);
  gateway.sandbox.faults.next(expiredSecret, { on: 'token', times: 100 });
  const mail = { from: 'app@contoso.com', to: 'ann@example.com', subject: 'x', text: 'x' };
  await expect(gateway.send(mail)).rejects.toThrow(/ 4\d\d /);
  expect(await topOfPage(gateway.adminUrl)).toMatch(
    /^No mail leaves over connection "main": The client secret has expired \(AADSTS7000222\)\. .*To do: Create a new secret/,
  );
});

/** Its text, as it is read. */
async function topOfPage(adminUrl: string): Promise<string> {
  const page = await (await fetch(adminUrl)).text();
  const [, block = ''] = /<div id="summary"[^>]*>(.*?)<\/div>/s.exec(page) ?? [];
  const text = block
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'");
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** With a configuration that names the admin server. */
async function why(what: string, adminUrl: string): Promise<{ code: number; text: string }> {
  const { file, folder } = await writeConfig({
    http: `http: { admin: "${new URL(adminUrl).host}" }`,
  });
  const { io, written } = createCliIo({ cwd: folder });
  const code = await runWhy(what, { config: file, version: '0.0.0', limit: 3 }, io);
  await rm(folder, { recursive: true });
  const { stdout, stderr } = written();
  return { code, text: stdout + stderr };
}
