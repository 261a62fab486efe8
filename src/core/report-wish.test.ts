import { describe, expect, test } from 'vitest';
import { address, pattern } from '../../test/support/addresses.ts';
import { factsOf, field } from '../../test/support/header-model.ts';
import type { Envelope } from './envelope.ts';
import { addressReport, isAutomatic, isReportWanted, type DeliveryEnd } from './report-wish.ts';

const ann = address('ann@example.com');
const bob = address('Bob@example.com');
const qa = address('qa@contoso.com');
const rules = { to: [pattern('*@contoso.com')] };
const envelope: Envelope = {
  reversePath: address('app@contoso.com'),
  forwardPaths: [ann, bob],
  smtpUtf8: false,
};
const failed: DeliveryEnd = {
  message: { client: { senders: [] }, envelope },
  route: { forwardPaths: [ann, bob] },
  state: 'failed',
};

function withEnvelope(changes: Partial<Envelope>, end = failed): DeliveryEnd {
  return { ...end, message: { ...end.message, envelope: { ...envelope, ...changes } } };
}

function withClient(client: DeliveryEnd['message']['client'], end: DeliveryEnd): DeliveryEnd {
  return { ...end, message: { ...end.message, client } };
}

function withNotify(
  notify: NonNullable<NonNullable<Envelope['reportWishes']>[number]['notify']>,
  end = failed,
): DeliveryEnd {
  const reportWishes = [{ forwardPath: address('bob@EXAMPLE.com'), notify }];
  return withEnvelope({ reportWishes }, end);
}

describe('isReportWanted()', () => {
  const stranger = withEnvelope({ reversePath: address('eve@example.net') });
  const delivered: DeliveryEnd = { ...failed, state: 'delivered' };

  test.each<[string, DeliveryEnd, boolean]>([
    ['a failure, for a sender who may have reports', failed, true],
    ['a failure, for the null reverse-path', withEnvelope({ reversePath: null }), false],
    ['a failure, for a stranger', stranger, false],
    [
      'a failure, for a stranger who had logged in and may send as himself',
      withClient({ login: 'eve', senders: [pattern('eve@example.net')] }, stranger),
      true,
    ],
    [
      'a failure, for a stranger in whose name somebody else had logged in',
      withClient({ login: 'app', senders: [pattern('app@contoso.com')] }, stranger),
      false,
    ],
    [
      'a failure, for a stranger who may send as himself, but had not logged in',
      withClient({ senders: [pattern('eve@example.net')] }, stranger),
      false,
    ],
    [
      'the failure of a report',
      { ...failed, message: { ...failed.message, isReport: true } },
      false,
    ],
    [
      'the failure of what a program wrote',
      { ...failed, message: { ...failed.message, isAutomatic: true } },
      false,
    ],
    ['a delivery that nobody asked about', delivered, false],
    ['a delivery that somebody asked about', withNotify(['SUCCESS'], delivered), true],
    ['a delivery, where failures were asked about', withNotify(['FAILURE'], delivered), false],
    ['a deferral', withNotify(['DELAY'], { ...failed, state: 'deferred' }), false],
    ['a hold', { ...failed, state: 'held' }, false],
  ])('of %s', (_, end, wanted) => {
    expect(isReportWanted(end, rules)).toBe(wanted);
  });

  test('is false where reports are off', () => {
    expect(isReportWanted(failed, undefined)).toBe(false);
  });

  test('is false for a stranger whatever he asks for', () => {
    const asked = withEnvelope({
      reversePath: address('eve@example.net'),
      reportWishes: [{ forwardPath: ann, notify: ['FAILURE', 'SUCCESS'] }],
    });
    expect(isReportWanted(asked, rules)).toBe(false);
  });
});

describe('addressReport()', () => {
  test('names every recipient of the delivery, once', () => {
    expect(addressReport(failed, rules)).toEqual({
      reversePath: 'app@contoso.com',
      forwardPaths: [ann, bob],
    });
  });

  test.each<[string, NonNullable<Parameters<typeof withNotify>[0]>, readonly string[]]>([
    ['leaves out who is never to be reported', ['NEVER'], [ann]],
    ['leaves out whose success alone was asked about', ['SUCCESS'], [ann]],
    ['names whose failure was asked about', ['SUCCESS', 'FAILURE'], [ann, bob]],
  ])('%s', (_, notify, forwardPaths) => {
    expect(addressReport(withNotify(notify), rules)?.forwardPaths).toEqual(forwardPaths);
  });

  test('tells of a success those alone for whom it was asked', () => {
    const end = withNotify(['SUCCESS'], { ...failed, state: 'delivered' });
    expect(addressReport(end, rules)?.forwardPaths).toEqual([bob]);
  });

  test('names nobody whom a rule added', () => {
    const end = { ...failed, route: { forwardPaths: [ann, qa] } };
    expect(addressReport(end, rules)?.forwardPaths).toEqual([ann]);
    expect(addressReport({ ...end, route: { forwardPaths: [qa] } }, rules)).toBeUndefined();
  });

  test('names, of a redirected message, whom it was for', () => {
    const end = { ...failed, route: { forwardPaths: [qa], insteadOf: [bob] } };
    expect(addressReport(end, rules)?.forwardPaths).toEqual([bob]);
  });
});

describe('isAutomatic()', () => {
  test.each([
    ['Auto-Submitted', 'auto-generated'],
    ['Auto-Submitted', 'auto-replied; owner-email="a@b.example"'],
    ['auto-submitted', 'nonsense'],
    ['Content-Type', 'multipart/report; report-type=delivery-status; boundary=x'],
    ['Content-Type', ' Multipart/Report;boundary=x'],
    ['Precedence', 'bulk'],
    ['Precedence', ' List '],
    ['Precedence', 'junk'],
    ['X-Loop', 'somebody@example.com'],
  ])('knows %s: %s', (name, value) => {
    expect(isAutomatic(factsOf([field('Subject', 'x'), field(name, value)]))).toBe(true);
  });

  test.each([
    ['Auto-Submitted', 'no'],
    ['Auto-Submitted', 'No (a person)'],
    ['Content-Type', 'multipart/mixed; boundary=x'],
    ['Precedence', 'first-class'],
    ['Subject', 'multipart/report'],
  ])('takes %s: %s for a message that a person may have written', (name, value) => {
    expect(isAutomatic(factsOf([field(name, value)]))).toBe(false);
  });
});
