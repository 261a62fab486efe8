import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { address, pattern } from '../../test/support/addresses.ts';
import { applyEdits, factsOf, field, type ModelHeader } from '../../test/support/header-model.ts';
import { planSubmission, type SubmissionSource } from './compose.ts';
import type { FromBlock } from './originator.ts';
import type { Route, SendAction } from './route.ts';

const never: FromBlock = { force: 'never', defaults: [], replyTo: 'original' };

function forced(text: string): FromBlock {
  return { force: 'always', address: address(text), defaults: [], replyTo: 'original' };
}

const send: SendAction = { kind: 'send', via: 'main', backup: [], priority: 'normal' };
const route: Route = { rule: 'default', action: send, forwardPaths: [address('bob@fabrikam.com')] };

const header = [
  field('Return-Path', '<shop@contoso.com>'),
  field('DKIM-Signature', 'v=1; h=from:subject; b=abc'),
  field('From', 'Shop <shop@contoso.com>'),
  field('To', 'Bob <bob@fabrikam.com>', 'ann@fabrikam.com'),
  field('Bcc', 'eve@fabrikam.com'),
  field('Subject', 'Invoice'),
  field('X-Internal', '1'),
];

const source: SubmissionSource = {
  header: factsOf(header),
  fromWasMissing: false,
  route,
  connectionFrom: undefined,
  topFrom: never,
  connectionSendAs: { kind: 'from' },
};

describe('planSubmission()', () => {
  test('replaces a Message-ID that its client had used before, and the signature of the old one', () => {
    const reused = [
      field('DKIM-Signature', 'v=1; h=from:message-id; b=abc'),
      field('Message-ID', '<1@device>'),
      field('From', 'Shop <shop@contoso.com>'),
      field('To', 'Bob <bob@fabrikam.com>'),
    ];
    const newMessageId = '<q1@relay.example.com>';
    const plan = planSubmission({ ...source, header: factsOf(reused), newMessageId });
    expect(applyEdits(reused, plan?.edits ?? [])).toEqual([
      field('Message-ID', newMessageId),
      field('From', 'Shop <shop@contoso.com>'),
      field('To', 'Bob <bob@fabrikam.com>'),
    ]);
  });

  test('plans the whole header of a send', () => {
    const plan = planSubmission({
      ...source,
      topFrom: forced('noreply@contoso.com'),
      route: {
        ...route,
        forwardPaths: [address('bob@fabrikam.com'), address('dan@fabrikam.com')],
        headers: {
          set: { Subject: '[ext] Invoice' },
          add: { 'X-Tag': 'a' },
          remove: ['x-internal'],
        },
      },
    });
    expect(plan).toMatchObject({ from: 'noreply@contoso.com', sendAs: 'noreply@contoso.com' });
    expect(applyEdits(header, plan?.edits ?? [])).toEqual([
      field('From', 'Shop <noreply@contoso.com>'),
      field('To', 'Bob <bob@fabrikam.com>'),
      field('Subject', '[ext] Invoice'),
      field('Reply-To', 'Shop <shop@contoso.com>'),
      field('X-Graphpost-To', 'ann@fabrikam.com'),
      field('Bcc', 'dan@fabrikam.com'),
      field('X-Tag', 'a'),
    ]);
  });

  test('changes nothing that need not change', () => {
    const plain = factsOf([field('From', 'shop@contoso.com'), field('To', 'bob@fabrikam.com')]);
    expect(planSubmission({ ...source, header: plain })).toEqual({
      edits: [],
      from: 'shop@contoso.com',
      sendAs: 'shop@contoso.com',
    });
  });

  test('lets what a rule sets win over the Reply-To that forcing brings', () => {
    const plan = planSubmission({
      ...source,
      topFrom: forced('noreply@contoso.com'),
      route: {
        ...route,
        headers: { set: { 'Reply-To': 'help@contoso.com' }, add: {}, remove: [] },
      },
    });
    expect(applyEdits(header, plan?.edits ?? [])).toContainEqual(
      field('Reply-To', 'help@contoso.com'),
    );
  });

  test('removes a signature of a field that a rule changes', () => {
    const signed = [
      field('DKIM-Signature', 'h=from:x-tag'),
      field('From', 'shop@contoso.com'),
      field('To', 'bob@fabrikam.com'),
    ];
    const plan = planSubmission({
      ...source,
      header: factsOf(signed),
      route: { ...route, headers: { set: {}, add: { 'X-Tag': '1' }, remove: [] } },
    });
    expect(applyEdits(signed, plan?.edits ?? [])).not.toContainEqual(signed[0]);
  });

  test.each([
    [
      'of the route',
      forced('route@contoso.com'),
      forced('connection@contoso.com'),
      'route@contoso.com',
    ],
    ['of the connection', undefined, forced('connection@contoso.com'), 'connection@contoso.com'],
    ['of the file', undefined, undefined, 'top@contoso.com'],
    [
      'of the route, that forces nothing',
      never,
      forced('connection@contoso.com'),
      'shop@contoso.com',
    ],
  ])('takes the narrowest whole block: the one %s', (_, ofRoute, connectionFrom, expected) => {
    const plan = planSubmission({
      ...source,
      route: { ...route, ...(ofRoute && { from: ofRoute }) },
      connectionFrom,
      topFrom: forced('top@contoso.com'),
    });
    expect(plan?.from).toBe(expected);
  });

  test.each([
    ['the connection’s', undefined, 'relay@contoso.com'],
    [
      'the route’s',
      { kind: 'mailbox', mailbox: address('billing@contoso.com') },
      'billing@contoso.com',
    ],
    ['the From address after forcing', { kind: 'from' }, 'noreply@contoso.com'],
    [
      'the one that a map gives for the From address after forcing',
      {
        kind: 'map',
        entries: [{ from: pattern('noreply@*'), sendAs: address('mapped@contoso.com') }],
      },
      'mapped@contoso.com',
    ],
  ] as const)('leaves from %s mailbox', (_, sendAs, expected) => {
    const plan = planSubmission({
      ...source,
      topFrom: forced('noreply@contoso.com'),
      connectionSendAs: { kind: 'mailbox', mailbox: address('relay@contoso.com') },
      route: { ...route, action: { ...send, ...(sendAs && { sendAs }) } },
    });
    expect(plan?.sendAs).toBe(expected);
  });

  test('plans a redirected send: its own To, and whom it was for in the subject', () => {
    const redirect = { to: [address('qa@contoso.com')], showInSubject: true };
    const redirected: Route = {
      ...route,
      action: { ...send, redirect },
      forwardPaths: redirect.to,
      insteadOf: [address('bob@fabrikam.com'), address('dan@fabrikam.com')],
    };
    const plan = planSubmission({ ...source, route: redirected });
    expect(applyEdits(header, plan?.edits ?? [])).toEqual([
      field('From', 'Shop <shop@contoso.com>'),
      field('Subject', '[for bob@fabrikam.com, dan@fabrikam.com] Invoice'),
      field('X-Internal', '1'),
      field('X-Graphpost-To', 'Bob <bob@fabrikam.com>', 'ann@fabrikam.com'),
      field('To', 'qa@contoso.com'),
    ]);
    const action = { ...send, redirect: { ...redirect, showInSubject: false } };
    const silent = planSubmission({ ...source, route: { ...redirected, action } });
    expect(applyEdits(header, silent?.edits ?? [])).toContainEqual(field('Subject', 'Invoice'));
  });

  test.each([
    ['without From', []],
    ['with a From that cannot be read', [field('From', 'scanner')]],
  ])('is nothing for a message %s that no block gives one', (_, fields) => {
    const bare = { ...source, header: factsOf(fields) };
    expect(planSubmission(bare)).toBeUndefined();
    expect(planSubmission({ ...bare, topFrom: forced('noreply@contoso.com') })).toMatchObject({
      from: 'noreply@contoso.com',
    });
  });
});

describe('the law of composing', () => {
  const people = [
    'shop@contoso.com',
    'noreply@contoso.com',
    'root@localhost',
    'bob@fabrikam.com',
    'nonsense',
  ];
  const part = fc.constantFrom(...people, 'Bob <BOB@fabrikam.com>', 'Us @ home <shop@contoso.com>');
  const lists = fc
    .tuple(
      fc.constantFrom('From', 'Sender', 'Reply-To', 'To', 'to', 'Cc', 'Bcc', 'Resent-Bcc'),
      fc.array(part, { maxLength: 3 }),
    )
    .map(([name, parts]) => field(name, ...parts));
  const others = fc.constantFrom(
    field('Subject', 'Invoice'),
    field('Return-Path', '<>'),
    field('DKIM-Signature', 'h=subject:reply-to'),
    field('X-MS-Exchange-Organization-SCL', '-1'),
    field('X-Internal', '1'),
  );
  const headers = fc.array(fc.oneof(lists, others), { maxLength: 8 });
  const blocks = fc.constantFrom<FromBlock>(never, forced('noreply@contoso.com'), {
    ...forced('noreply@contoso.com'),
    force: 'default',
    name: 'Contoso',
  });
  const envelopes = fc.uniqueArray(
    fc.constantFrom('bob@fabrikam.com', 'eve@fabrikam.com', 'shop@contoso.com').map(address),
    { minLength: 1 },
  );
  const changes = fc.constantFrom(
    undefined,
    { set: { Subject: 'Other', 'X-Route': 'a' }, add: {}, remove: ['X-Internal'] },
    { set: { 'Reply-To': 'help@contoso.com' }, add: {}, remove: [] },
  );

  /** The fields by name, without the records of what one send took out: those are its own. */
  const settled = (fields: ModelHeader) =>
    fields
      .filter(({ name }) => !/^x-graphpost-(to|cc)$/i.test(name))
      .toSorted((one, other) => one.name.localeCompare(other.name));

  test('planning what was already edited so leads to the same message again', () => {
    fc.assert(
      fc.property(
        headers,
        blocks,
        envelopes,
        changes,
        (original, topFrom, forwardPaths, change) => {
          const given: Omit<SubmissionSource, 'header'> = {
            ...source,
            topFrom,
            route: { ...route, forwardPaths, ...(change && { headers: change }) },
          };
          const first = planSubmission({ ...given, header: factsOf(original) });
          fc.pre(first !== undefined);
          const once = applyEdits(original, first.edits);
          const second = planSubmission({ ...given, header: factsOf(once) });
          const twice = applyEdits(once, second?.edits ?? []);
          expect(settled(twice)).toEqual(settled(once));
          expect({ ...second, edits: [] }).toEqual({ ...first, edits: [] });
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
