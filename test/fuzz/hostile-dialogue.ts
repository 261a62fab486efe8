// Dialogues that nobody would write: commands in any order, hostile bytes, cut into segments anywhere.
import fc from 'fast-check';

/** A whole session with one message that is accepted. */
const goodLines: readonly string[] = [
  'EHLO me',
  'MAIL FROM:<a@b.example> SIZE=100 RET=FULL ENVID=1',
  'RCPT TO:<c@d.example> NOTIFY=NEVER',
  'RCPT TO:<nobody@elsewhere.example>',
  'DATA',
  'Subject: x',
  '',
  '..',
  '..x',
  '.',
  'NOOP',
  'QUIT',
  '',
];

export const goodDialogue: Buffer = Buffer.from(goodLines.join('\r\n'));

/** Ends a message, a login and a session, whichever is open. */
const closing: Buffer = Buffer.from('\r\n.\r\n*\r\n*\r\nQUIT\r\n');

export function cut(bytes: Uint8Array, at: readonly number[]): readonly Uint8Array[] {
  const places = [0, ...at.map((place) => place % bytes.length), bytes.length].sort(
    (a, b) => a - b,
  );
  return places.slice(1).map((place, index) => bytes.subarray(places[index], place));
}

const others = ['RSET', 'HELO me', 'STARTTLS', 'VRFY x', 'HELP', 'BDAT 5 LAST', 'XCLIENT ADDR=::1'];
const logins = ['AUTH LOGIN', 'AUTH PLAIN =', 'AUTH PLAIN AGEAYg==', '*', 'd3A='];
const torn = ['MAIL FROM:', 'RCPT TO:<', 'MAIL FROM:<> AUTH=<>', '\0', '.\r', 'RCPT TO:<"\\"@x>'];
const piece = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...goodLines, ...others) },
  { weight: 2, arbitrary: fc.constantFrom(...logins) },
  { weight: 2, arbitrary: fc.constantFrom(...torn) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
  { weight: 1, arbitrary: fc.string({ maxLength: 10 }).map((text) => text.repeat(2000)) },
);
const lineEnd = fc.oneof(
  { weight: 9, arbitrary: fc.constant('\r\n') },
  { weight: 1, arbitrary: fc.constantFrom('\n', '\r', '\r\r\n', '\0\r\n', '') },
);

/** The bytes of a session. */
const hostileBytes: fc.Arbitrary<Buffer> = fc
  .array(fc.tuple(piece, lineEnd), { minLength: 1, maxLength: 40 })
  .map((parts) => Buffer.from(`EHLO me\r\n${parts.map((part) => part.join('')).join('')}`));

/** The same in segments, with its end. */
export const hostileSegments: fc.Arbitrary<readonly Uint8Array[]> = fc
  .tuple(hostileBytes, fc.array(fc.nat(), { maxLength: 20 }))
  .map(([bytes, places]) => [...cut(bytes, places), closing]);
