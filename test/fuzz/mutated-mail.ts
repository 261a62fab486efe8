// Messages that were good once: those of our corpus and, where Debian's libpython3.11-testsuite lies, of Python's, mutated.
import { globSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { lines } from '../corpus/entity.ts';
import { corpus } from '../corpus/messages.ts';

const ours = corpus.map(({ fields, root }) => {
  const head = ['From: a@example.org', 'To: b@example.org, Group: c@example.org;', 'Bcc: d@x.org'];
  return `${lines(...head, 'Subject: x', ...fields)}${root}`;
});

/** Without the first line of mailboxes, `From …`. */
const pythons = globSync('/usr/lib/python3*/test/test_email/data/msg_*.txt').map((file) =>
  readFileSync(file, 'latin1').replace(/^From .*\n/, ''),
);

/** Latin1; larger ones make few rounds. */
const seeds = [...ours, ...pythons].filter(({ length }) => length < 30_000);

/** What readers stumble over. */
const splinters = [
  ...['\r\n', '\n', '\r', '\0', '--', '--\r\n', '\r\n--', ';', '"', '\\', ':', ',', '<', '>', '()'],
  ...['=?utf-8?q?', '?=', '=?utf-8?b?DQo=?=', '=\r\n', '=0D=0A', '=', '\xff', '\xc3', '\u0085'],
  ...['Content-Type: multipart/mixed; boundary=""\r\n', 'Content-Type: message/rfc822\r\n'],
  ...['Content-Transfer-Encoding: quoted-printable\r\n', 'Content-Transfer-Encoding: base64\r\n'],
  ...['Bcc: evil@example.org\r\n', 'To: evil@example.org\r\n', 'Resent-To: evil@example.org\r\n'],
  ...['Resent-Bcc: evil@example.org\r\n', ' \r\n', '\t', '\r\n ', '\r\n\r\n', '.', '\r\n.\r\n'],
  ...["name*0*=utf-8''%0d%0a", 'boundary=', 'charset=utf-7', 'x'.repeat(1100), '('.repeat(400)],
];

const place = fc.nat({ max: 2 ** 31 - 1 });
const mutation = fc.oneof(
  fc.record({ kind: fc.constant('insert'), at: place, what: fc.constantFrom(...splinters) }),
  fc.record({ kind: fc.constant('replace'), at: place, what: fc.constantFrom(...splinters) }),
  fc.record({
    kind: fc.constant('byte'),
    at: place,
    what: fc.string({ minLength: 1, maxLength: 1 }),
  }),
  fc.record({ kind: fc.constant('cut'), at: place, length: fc.nat({ max: 200 }) }),
  fc.record({ kind: fc.constant('repeat'), at: place, length: fc.nat({ max: 400 }) }),
  fc.record({ kind: fc.constant('move'), at: place, length: fc.nat({ max: 400 }), to: place }),
);
type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

function mutate(text: string, { at, ...change }: Mutation): string {
  const start = at % (text.length + 1);
  const [before, after] = [text.slice(0, start), text.slice(start)];
  if ('what' in change) {
    const gone = change.kind === 'insert' ? 0 : change.what.length;
    return `${before}${change.what}${after.slice(gone)}`;
  }
  const piece = after.slice(0, change.length);
  if (change.kind === 'repeat') return `${before}${piece}${after}`;
  const rest = `${before}${after.slice(change.length)}`;
  if (!('to' in change)) return rest;
  const end = change.to % (rest.length + 1);
  return `${rest.slice(0, end)}${piece}${rest.slice(end)}`;
}

/** Latin1. */
export const mutatedMail: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom(...seeds), fc.array(mutation, { maxLength: 12 }))
  .map(([seed, mutations]) => mutations.reduce(mutate, seed));
