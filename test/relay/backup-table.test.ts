// Each kind of answer that Microsoft Graph may give to the first connection of a route, and who sends the message then.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fault } from '../../src/sandbox/faults.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';

/** `backup`: the next connection. `first`: the first one, later. `nobody`: it fails. `waits`: nobody yet. */
type Fate = 'backup' | 'first' | 'nobody' | 'waits';

interface Row {
  readonly status: number;
  readonly code?: string;
  readonly retryAfter?: string;
  readonly cut?: Fault['cut'];
  /** How often it is so. Default: always. */
  readonly times?: number;
  readonly fate: Fate;
  /** The breaker of the first connection afterwards. */
  readonly breaker: 'open' | 'closed';
}

const rows: readonly Row[] = [
  { status: 401, code: 'InvalidAuthenticationToken', fate: 'backup', breaker: 'open' },
  { status: 403, code: 'Authorization_IdentityNotFound', fate: 'backup', breaker: 'open' },
  { status: 403, code: 'Authorization_RequestDenied', fate: 'backup', breaker: 'open' },
  { status: 403, code: 'ErrorSendAsDenied', fate: 'backup', breaker: 'closed' },
  { status: 403, code: 'ErrorAccessDenied', fate: 'backup', breaker: 'closed' },
  { status: 404, code: 'ErrorInvalidUser', fate: 'backup', breaker: 'closed' },
  { status: 404, code: 'Request_ResourceNotFound', fate: 'backup', breaker: 'closed' },
  { status: 404, code: 'MailboxNotEnabledForRESTAPI', fate: 'backup', breaker: 'closed' },
  { status: 404, code: 'ErrorNonExistentMailbox', fate: 'backup', breaker: 'closed' },
  { status: 403, code: 'ErrorAccountDisabled', fate: 'backup', breaker: 'closed' },
  { status: 403, code: 'ErrorMessageSubmissionBlocked', fate: 'backup', breaker: 'closed' },
  { status: 507, code: 'ErrorQuotaExceeded', fate: 'backup', breaker: 'closed' },
  { status: 429, code: 'ErrorSubmissionQuotaExceeded', fate: 'backup', breaker: 'closed' },
  { status: 429, code: 'TooManyRequests', retryAfter: '600', fate: 'backup', breaker: 'closed' },
  {
    status: 429,
    code: 'TooManyRequests',
    retryAfter: '1',
    times: 1,
    fate: 'first',
    breaker: 'closed',
  },
  { status: 429, code: 'TooManyRequests', fate: 'waits', breaker: 'closed' },
  {
    status: 503,
    code: 'ServiceUnavailable',
    retryAfter: '1',
    times: 1,
    fate: 'first',
    breaker: 'closed',
  },
  { status: 503, code: 'ServiceUnavailable', fate: 'backup', breaker: 'closed' },
  { status: 503, code: 'ServiceUnavailable', times: 1, fate: 'first', breaker: 'closed' },
  { status: 500, code: 'InternalServerError', fate: 'backup', breaker: 'closed' },
  { status: 500, code: 'ErrorMailboxStoreUnavailable', fate: 'backup', breaker: 'closed' },
  { status: 418, code: 'NobodyKnowsThis', fate: 'backup', breaker: 'closed' },
  { status: 504, code: 'GatewayTimeout', times: 1, fate: 'first', breaker: 'closed' },
  { status: 502, code: 'BadGateway', times: 1, fate: 'first', breaker: 'closed' },
  { status: 0, cut: 'after', times: 1, fate: 'first', breaker: 'closed' },
  { status: 400, code: 'ErrorInvalidRecipients', fate: 'nobody', breaker: 'closed' },
  { status: 400, code: 'ErrorExceededMaxRecipientLimit', fate: 'nobody', breaker: 'closed' },
  { status: 400, code: 'ErrorMessageSizeExceeded', fate: 'backup', breaker: 'closed' },
];

let gateway: TestGateway;

function mailboxOf(index: number): string {
  return `c${index}@contoso.com`;
}

function toFault({ status, code, retryAfter, cut }: Row): Fault {
  if (cut) return { cut };
  const headers = {
    'content-type': 'application/json',
    ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
  };
  return { status, headers, body: JSON.stringify({ error: { code, message: code } }) };
}

beforeAll(async () => {
  const numbers = [...rows.keys()];
  gateway = await startTestGateway({
    connections: [
      'connections:',
      '  spare: { type: sandbox, sendAs: spare@contoso.com }',
      ...numbers.map((index) => `  c${index}: { type: sandbox, sendAs: ${mailboxOf(index)} }`),
    ].join('\n'),
    routes: [
      'routes:',
      ...numbers.map(
        (index) =>
          `  - { name: r${index}, when: { from: { is: ${mailboxOf(index)} } }, send: { via: c${index}, backup: [spare] } }`,
      ),
    ].join('\n'),
    default: 'default: { send: { via: spare } }',
  });
  for (const [index, row] of rows.entries()) {
    const match = ({ path }: { readonly path: string }) =>
      decodeURIComponent(path).includes(`/users/${mailboxOf(index)}/sendMail`);
    gateway.sandbox.faults.next(toFault(row), { times: row.times ?? 10_000, match });
  }
  for (const index of numbers) {
    const mail = { from: mailboxOf(index), to: 'ann@example.com', text: 'x' };
    await gateway.send({ ...mail, subject: `message ${index}` });
  }
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
});

function copiesOf(index: number): readonly string[] {
  return gateway.sandbox.mailbox
    .list()
    .filter(({ subject }) => subject === `message ${index}`)
    .map(({ sendAs }) => sendAs);
}

function attemptsOf(index: number): readonly Record<string, unknown>[] {
  return gateway.log.filter(
    (line) => line['event'] === 'delivery.attempted' && line['headerFrom'] === mailboxOf(index),
  );
}

function breakerOf(index: number): 'open' | 'closed' {
  const changes = gateway.log.filter(
    (line) => line['event'] === 'breaker.changed' && line['connection'] === `c${index}`,
  );
  return changes.at(-1)?.['result'] === 'open' ? 'open' : 'closed';
}

const senders: Record<Fate, (index: number) => readonly string[]> = {
  backup: () => ['spare@contoso.com'],
  first: (index) => [mailboxOf(index)],
  nobody: () => [],
  waits: () => [],
};

describe.each([...rows.entries()])('row %i', (index, row) => {
  const { status, code = '', retryAfter = '', times = 0, cut = '', fate, breaker } = row;
  const what = [cut || status, code, retryAfter && `Retry-After ${retryAfter}`, times && 'once'];
  test(`${what.filter(Boolean).join(', ')}: ${fate}`, async () => {
    const expected = senders[fate](index);
    await until(() => copiesOf(index).length >= expected.length && attemptsOf(index).length > 0);
    if (fate === 'nobody') {
      await until(() => attemptsOf(index).some(({ outcome }) => outcome === 'failed'));
    }
    expect(copiesOf(index)).toEqual(expected);
    expect(breakerOf(index)).toBe(breaker);
  });
});
