import { describe, expect, test } from 'vitest';
import { applyEdits, factsOf, field, type ModelHeader } from '../../test/support/header-model.ts';
import type { HeaderEdit } from './header-edit.ts';
import { countReceived, maxReceivedFields, planHygiene } from './hygiene.ts';

const fromEdit: HeaderEdit = { kind: 'set', name: 'FROM', text: 'a@b.com' };

function clean(header: ModelHeader, ...edits: readonly HeaderEdit[]): ModelHeader {
  return applyEdits(header, planHygiene(factsOf(header), edits));
}

describe('planHygiene()', () => {
  test('leaves a clean header alone', () => {
    const header = factsOf([
      field('Subject', 'Hi'),
      field('X-MS-Has-Attach', ''),
      field('X-Tag', '1'),
    ]);
    expect(planHygiene(header, [])).toEqual([]);
    expect(planHygiene(header, [fromEdit])).toEqual([]);
  });

  test('removes what only a receiver may write', () => {
    expect(
      clean([
        field('Return-Path', '<a@b.com>'),
        field('authentication-results', 'contoso.com; spf=pass'),
        field('X-MS-Exchange-Organization-SCL', '-1'),
        field('x-ms-exchange-organization-scl', '-1'),
        field('X-MS-Exchange-CrossTenant-Id', '1'),
        field('Subject', 'Hi'),
        field('Authentication-Results', 'evil; dkim=pass'),
      ]),
    ).toEqual([field('Subject', 'Hi')]);
  });

  test.each([
    ['h=From:To:Subject'],
    ['v=1; a=rsa-sha256; h=from : to;\tb=abc'],
    ['v=1; h=to:\t fr om; b=abc'],
    ['b=abc;H=subject:FROM'],
  ])('removes a signature %j when From changes', (value) => {
    expect(clean([field('DKIM-Signature', value)], fromEdit)).toEqual([]);
  });

  test.each([
    ['signs another field', 'v=1; h=to:subject:x-from; b=from'],
    ['has no list', 'v=1; b=from'],
    ['has it in another tag', 'v=1; bh=from; h=to'],
  ])('leaves a signature that %s', (_, value) => {
    const header = [field('DKIM-Signature', value)];
    expect(clean(header, fromEdit)).toEqual(header);
    expect(clean(header)).toEqual(header);
  });

  test('removes all signatures when one of them breaks', () => {
    const header = [field('DKIM-Signature', 'h=to'), field('dkim-signature', 'h=from')];
    expect(clean(header, fromEdit)).toEqual([]);
  });

  test('removes signatures of what it removes itself', () => {
    const header = [field('DKIM-Signature', 'h=to:return-path'), field('Return-Path', '<>')];
    expect(clean(header)).toEqual([]);
  });
});

describe('countReceived()', () => {
  test('counts in any case', () => {
    const hops = [
      field('Received', 'from a'),
      field('received', 'from b'),
      field('X-Received', 'c'),
    ];
    expect(countReceived(factsOf(hops))).toBe(2);
    expect(maxReceivedFields).toBe(100);
  });
});
