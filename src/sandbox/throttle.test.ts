import { describe, expect, test } from 'vitest';
import { defaultLimits, type SandboxLimits } from './limits.ts';
import { Lanes, type Lane, type Throttling } from './throttle.ts';

const start = Date.UTC(2026, 0, 1);

function laneWith(limits: Partial<SandboxLimits> = {}): Lane {
  return new Lanes({ ...defaultLimits, ...limits }).of('ann@contoso.com');
}

function enter(lane: Lane, afterMs = 0, uploadBytes = 0): Throttling | undefined {
  return lane.enter({ now: start + afterMs, uploadBytes });
}

describe('Lane.enter()', () => {
  test('lets four in at once, and a fifth when one has left', () => {
    const lane = laneWith();
    for (let entered = 0; entered < 4; entered++) expect(enter(lane)).toBeUndefined();
    expect(enter(lane)).toMatchObject({
      violation: expect.stringContaining('4 requests in flight'),
      fault: {
        status: 429,
        code: 'ApplicationThrottled',
        message: 'Application is over its MailboxConcurrency limit.',
        headers: { 'retry-after': '2' },
      },
    });
    lane.leave();
    expect(enter(lane)).toBeUndefined();
  });

  test('refuses more requests than the window allows, and says when it eases', () => {
    const lane = laneWith({ requestsPer10Minutes: 3, concurrency: 9 });
    for (let entered = 0; entered < 3; entered++) expect(enter(lane)).toBeUndefined();
    const refused = enter(lane, 60_000);
    expect(refused).toMatchObject({
      violation: expect.stringContaining('3 requests in 10 minutes'),
      fault: { status: 429, code: 'TooManyRequests', headers: { 'retry-after': '540' } },
    });
    expect(enter(lane, 600_000)).toBeUndefined();
  });

  test('counts the requests that it refuses', () => {
    const lane = laneWith({ requestsPer10Minutes: 3, concurrency: 1 });
    enter(lane);
    for (let refused = 0; refused < 2; refused++) {
      expect(enter(lane)?.violation).toContain('1 requests in flight');
    }
    lane.leave();
    expect(enter(lane)?.violation).toContain('3 requests in 10 minutes');
  });

  test('refuses more bytes than the window allows', () => {
    const lane = laneWith({ uploadBytesPer5Minutes: 100 });
    expect(enter(lane, 0, 60)).toBeUndefined();
    expect(enter(lane, 0, 41)?.violation).toContain('100 bytes of upload in 5 minutes');
    expect(enter(lane, 0, 40)).toBeUndefined();
    expect(enter(lane, 300_000, 100)).toBeUndefined();
  });

  test('refuses who comes before the Retry-After that was given is over', () => {
    const lane = laneWith();
    lane.note({ status: 503, headers: { 'retry-after': '2.5' } }, start);
    expect(enter(lane, 2_499)).toMatchObject({
      violation: expect.stringContaining('1 ms before the end of a Retry-After'),
      fault: { status: 429 },
    });
    expect(enter(lane, 2_500)).toBeUndefined();
  });

  test('lets in what crossed the Retry-After on its way', () => {
    const lane = laneWith();
    lane.note({ status: 429, headers: { 'retry-after': '10' } }, start);
    expect(enter(lane, 500)).toBeUndefined();
    expect(enter(lane, 501)).toBeDefined();
  });

  test('takes no Retry-After from an answer that says it was done', () => {
    const lane = laneWith();
    lane.note({ status: 202, headers: { 'retry-after': '10' } }, start);
    expect(enter(lane, 5_000)).toBeUndefined();
  });
});

describe('Lanes.of()', () => {
  test('gives one lane for a mailbox, whatever the case of its letters', () => {
    const lanes = new Lanes(defaultLimits);
    expect(lanes.of('Ann@contoso.com')).toBe(lanes.of('ann@CONTOSO.com'));
  });

  test('gives each mailbox limits of its own', () => {
    const lanes = new Lanes({ ...defaultLimits, concurrency: 1 });
    expect(enter(lanes.of('ann@contoso.com'))).toBeUndefined();
    expect(enter(lanes.of('bob@contoso.com'))).toBeUndefined();
  });
});
