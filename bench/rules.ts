// What routing costs: many rules over one message. `npm run bench:rules`
import { Buffer } from 'node:buffer';
import { parseAddress, type Address } from '../src/core/address.ts';
import { compilePattern } from '../src/config/pattern.ts';
import type { Condition } from '../src/core/condition.ts';
import { planRoutes, type Rule } from '../src/core/route.ts';
import { mime } from '../src/mime/mime.ts';

const send = { kind: 'send', via: 'main', backup: [], priority: 'normal' } as const;
const repeats = 2_000;

/** Like those that people write: two conditions each, a fifth of which begin with a pattern. None of them matches. */
function ruleNumber(number: number): Rule {
  const conditions: readonly Condition[] = [
    {
      property: 'subject',
      tests: [{ operator: 'contains', value: `Order ${number}!`, caseSensitive: false }],
    },
    {
      property: 'from',
      tests: [{ operator: 'endsWith', value: `@shop${number}.example`, caseSensitive: false }],
    },
    {
      property: { header: 'X-Department' },
      tests: [{ operator: 'is', value: `dept ${number}`, caseSensitive: true }],
    },
    {
      property: 'subject',
      tests: [
        {
          operator: 'matches',
          pattern: compilePattern(`^\\[(bug|task) ${number}\\]`, { caseSensitive: false }),
        },
      ],
    },
    {
      property: 'recipient',
      tests: [{ operator: 'is', value: `box${number}@example.com`, caseSensitive: false }],
    },
  ];
  const when: Condition = {
    all: conditions.filter((_, index) => index === number % 5 || index === (number + 1) % 5),
  };
  return { name: `rule ${number}`, when, action: send, bcc: [] };
}

function addressOf(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`No address: ${text}`);
  return parsed;
}

const header = Buffer.from(
  [
    'Received: from app (10.0.0.1) by relay.example.com; Sun, 22 Nov 2026 20:00:00 +0000',
    'From: "The Shop" <app@contoso.com>',
    'To: Ann <ann@example.com>, Bob <bob@example.com>',
    'Subject: =?utf-8?Q?Best=C3=A4tigung?= of your order',
    'X-Department: sales',
    'Message-ID: <1@contoso.com>',
    'Date: Sun, 22 Nov 2026 20:00:00 +0000',
    '',
    '',
  ].join('\r\n'),
);

/** Median time in µs to read the header and route two recipients. */
function measure(rules: number, sizeBytes: number): number {
  const all = Array.from({ length: rules }, (_, index) => ruleNumber(index));
  const fallback: Rule = { name: 'default', action: send, bcc: [] };
  const client = {
    name: 'app',
    ip: '10.0.0.1',
    listener: 'apps',
    ehlo: 'app',
    tls: false,
    senders: [],
  };
  const forwardPaths = [addressOf('ann@example.com'), addressOf('bob@example.com')];
  const times: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const startedAt = performance.now();
    const facts = mime.readHeader(header);
    planRoutes(all, fallback, {
      client,
      reversePath: null,
      forwardPaths,
      header: facts,
      sizeBytes,
    });
    times.push((performance.now() - startedAt) * 1000);
  }
  return times.toSorted((one, other) => one - other)[repeats / 2] ?? 0;
}

for (const sizeBytes of [4_000, 20_000_000]) {
  for (const rules of [0, 10, 100, 1_000]) {
    const us = measure(rules, sizeBytes);
    process.stdout.write(
      `${rules} rules tried, message of ${sizeBytes} bytes: ${us.toFixed(1)} µs\n`,
    );
  }
}
