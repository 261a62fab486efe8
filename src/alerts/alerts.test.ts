import { describe, expect, test } from 'vitest';
import { address } from '../../test/support/addresses.ts';
import type { AlertConfig } from '../config/config.ts';
import type { AlertSignal } from '../core/alert.ts';
import { Alerts, type AlertMail } from './alerts.ts';

/** A clock whose waits end at once, with the time gone on. */
function createClock() {
  let now = 1_000_000;
  return {
    now: () => now,
    async wait(delayMs: number, { signal }: { readonly signal: AbortSignal }) {
      await new Promise((resolve) => setImmediate(resolve));
      if (!signal.aborted) now += delayMs;
    },
  };
}

function setUp() {
  const clock = createClock();
  const mails: AlertMail[] = [];
  const faults: unknown[] = [];
  const alerts = new Alerts({
    clock,
    events: {
      alerted: () => undefined,
      notice: () => undefined,
      fault: ({ error }) => void faults.push(error),
    },
    env: {},
    hostname: 'relay.example.com',
    mail: async (mail) => void mails.push(mail),
    hide: (text) => text.replaceAll('ann@', '***@'),
    chance: () => 0,
  });
  async function settle(): Promise<void> {
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
  return { alerts, mails, faults, settle };
}

function mailTo(to: string): { readonly config: AlertConfig } {
  const target = { kind: 'email', address: address(to), via: 'main' } as const;
  return { config: { on: ['failed', 'queueOld'], queueOldMs: 3_600_000, to: target } };
}

function failed(cause: string): AlertSignal {
  const text = 'ann@contoso.com was refused';
  return { kind: 'happened', event: 'failed', cause, text, remedy: 'Look' };
}

describe('Alerts', () => {
  test('tells all that are configured, with no address that must be hidden', async () => {
    const { alerts, mails, faults, settle } = setUp();
    alerts.configure([mailTo('ops@contoso.com'), mailTo('boss@contoso.com')]);
    alerts.note(failed('x'));
    await settle();
    await alerts[Symbol.asyncDispose]();
    expect(mails.map(({ to }) => to)).toEqual(['ops@contoso.com', 'boss@contoso.com']);
    expect(mails[0]).toMatchObject({
      via: 'main',
      subject: 'relay.example.com: Mail could not be delivered',
      text: expect.stringContaining('***@contoso.com was refused.\nLook.\nSince '),
    });
    expect(faults).toEqual([]);
  });

  test('after a reload tells whom it names, who is not told again what he knows', async () => {
    const { alerts, mails, settle } = setUp();
    alerts.configure([mailTo('ops@contoso.com'), mailTo('boss@contoso.com')]);
    alerts.noteAge(3_600_000);
    await settle();
    alerts.configure([mailTo('ops@contoso.com'), mailTo('new@contoso.com')]);
    alerts.noteAge(3_700_000);
    await settle();
    await alerts[Symbol.asyncDispose]();
    expect(mails.map(({ to }) => to)).toEqual([
      'ops@contoso.com',
      'boss@contoso.com',
      'new@contoso.com',
    ]);
  });

  test('knows what is over by its cause, however that is shown', async () => {
    const { alerts, mails, settle } = setUp();
    alerts.configure([mailTo('ops@contoso.com')]);
    const trouble = { event: 'queueOld', cause: 'lane ann@contoso.com', source: 'x' } as const;
    alerts.note({ kind: 'raised', ...trouble, text: 'It waits', remedy: 'Look' });
    await settle();
    alerts.note({ kind: 'cleared', ...trouble });
    await settle();
    await alerts[Symbol.asyncDispose]();
    expect(mails.map(({ subject }) => subject)).toEqual([
      'relay.example.com: Mail waits for long',
      'relay.example.com: Over: Mail waits for long',
    ]);
  });

  test('tells nobody after its end', async () => {
    const { alerts, mails, settle } = setUp();
    alerts.configure([mailTo('ops@contoso.com')]);
    await alerts[Symbol.asyncDispose]();
    alerts.note(failed('x'));
    await settle();
    expect(mails).toEqual([]);
  });
});
