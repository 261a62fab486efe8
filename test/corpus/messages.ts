// The corpus: messages of every kind that apps, devices and people send, and what is to become of each.
import {
  attachment,
  base64,
  contentOf,
  encodedText,
  entity,
  file,
  lines,
  multipart,
  text,
  utf8,
  type Raw,
} from './entity.ts';

export interface CorpusMessage {
  readonly name: string;
  /** Without From, To, Subject and Message-ID, unless it brings its own. */
  readonly fields: readonly string[];
  /** Fields that the message does without. */
  readonly without: readonly ('From' | 'To' | 'Subject' | 'Date' | 'Message-ID' | 'MIME-Version')[];
  /** The root entity, its fields first. */
  readonly root: Raw;
  /** Which transport takes it where no copy in Sent Items is wanted. */
  readonly withoutCopy: 'json' | 'mime';
  /** What becomes of it when it is large. */
  readonly large: 'draft' | 'refused';
  /** What a reader finds in its text. */
  readonly shows: string;
  /** Names of the files that arrive by JSON and by draft. */
  readonly files: readonly string[];
  /** Goes byte for byte, whatever the transport. */
  readonly isProtected: boolean;
  /** Its sender says SMTPUTF8 (RFC 6531 §3.4). */
  readonly smtpUtf8: boolean;
}

type Traits = Partial<Omit<CorpusMessage, 'name' | 'root'>>;

function message(name: string, root: Raw, traits: Traits = {}): CorpusMessage {
  const usual = { fields: [], without: [], withoutCopy: 'json', large: 'draft' } as const;
  const rest = { shows: 'Hello', files: [], isProtected: false, smtpUtf8: false };
  return { name, root, ...usual, ...rest, ...traits };
}

/** JSON would lose something, so that without a copy it goes as MIME. */
const lossy = { withoutCopy: 'mime' } as const;
/** Never taken apart. */
const whole = { ...lossy, large: 'refused', isProtected: true } as const;

const hello = text('Hello');
const html = text('<p>Hello <b>you</b></p>', 'text/html; charset=utf-8');
const pdf = attachment('a.pdf');
const logo = file('logo.png', 'image/png', 'inline; filename=logo.png', 'Content-ID: <logo@app>');
const htmlWithLogo = text('<p>Hello <img src="cid:logo@app"></p>', 'text/html; charset=utf-8');
const inner = `From: x@example.com\r\nSubject: Inner\r\n\r\nWithin\r\n`;
const invitation = lines('BEGIN:VCALENDAR', 'METHOD:REQUEST', 'END:VCALENDAR');
const signature = entity(
  [
    'Content-Type: application/pkcs7-signature; name=smime.p7s',
    'Content-Transfer-Encoding: base64',
  ],
  base64('signature'),
);
const boundary = 'Content-Type: multipart/mixed; boundary=b';

function deep(levels: number): Raw {
  return levels === 0 ? hello : multipart('mixed', deep(levels - 1));
}

const plain: readonly CorpusMessage[] = [
  message('plain text', hello),
  message('text without a type', entity([], 'Hello\r\n')),
  message('text without MIME-Version', hello, { without: ['MIME-Version'] }),
  message('HTML alone', html),
  message('text in base64', encodedText('Hello', 'text/plain; charset=utf-8')),
  message(
    'quoted-printable',
    text('Hello =C3=BC and =\r\nmore', undefined, 'Content-Transfer-Encoding: quoted-printable'),
    { shows: 'Hello ü and more' },
  ),
  message(
    '8-bit UTF-8',
    text(utf8('Hello ü 漢 😀'), undefined, 'Content-Transfer-Encoding: 8bit'),
    { shows: 'Hello ü 漢 😀' },
  ),
  message('8-bit without a charset', entity(['Content-Type: text/plain'], utf8('Hello é\r\n')), {
    shows: 'Hello',
  }),
  message('latin1', text('Hello \xe9', 'text/plain; charset=iso-8859-1'), { shows: 'Hello é' }),
  message('windows-1251', text('Hello \xc9', 'text/plain; charset=windows-1251'), {
    shows: 'Hello Й',
  }),
  message('koi8-r', text('Hello \xea', 'text/plain; charset=koi8-r'), { shows: 'Hello Й' }),
  message('Shift_JIS', text('Hello \x93\xfa', 'text/plain; charset=Shift_JIS'), {
    shows: 'Hello 日',
  }),
  message('ISO-2022-JP', text('Hello \x1b$BF|\x1b(B', 'text/plain; charset=ISO-2022-JP'), {
    shows: 'Hello 日',
  }),
  message('GB18030', text('Hello \xc8\xd5', 'text/plain; charset=gb18030'), { shows: 'Hello 日' }),
  message('EUC-KR', text('Hello \xc0\xcf', 'text/plain; charset=euc-kr'), { shows: 'Hello 일' }),
  message('a charset in quotes', text('Hello', 'text/plain; charset="UTF-8"')),
  message('an unknown charset, in ASCII', text('Hello', 'text/plain; charset=x-own')),
  message('an unknown charset', text('Hello \xe9', 'text/plain; charset=x-own'), {
    ...lossy,
    large: 'refused',
  }),
  message('UTF-7', text('Hello +AOk-', 'text/plain; charset=utf-7'), {
    ...lossy,
    large: 'refused',
  }),
  message('flowed text', text('Hello \r\nyou', 'text/plain; charset=utf-8; format=flowed'), lossy),
  message('an empty body', entity(['Content-Type: text/plain'], ''), { shows: '' }),
  message('lines that begin with dots', text('Hello\r\n.\r\n..two\r\n.three'), { shows: 'Hello' }),
  message('a line that begins with From', text('Hello\r\nFrom here on')),
  message('control characters', text('Hello \x01\x1b\x7f "quoted" \\ end')),
];

const headers: readonly CorpusMessage[] = [
  message('no Date', hello, { without: ['Date'] }),
  message('no Message-ID', hello, { without: ['Message-ID'] }),
  message('no To', hello, { without: ['To'] }),
  message('no Subject', hello, { without: ['Subject'] }),
  message('no From', hello, { without: ['From'] }),
  message('undisclosed recipients', hello, {
    without: ['To'],
    fields: ['To: undisclosed-recipients:;'],
  }),
  message('a subject in encoded words', hello, {
    fields: ['Subject: =?utf-8?B?w5xiZXI=?= =?utf-8?Q?sicht_?= 1'],
    without: ['Subject'],
  }),
  message('a subject in UTF-8', hello, {
    fields: [`Subject: ${utf8('Übersicht 漢')}`],
    without: ['Subject'],
  }),
  message('addresses of SMTPUTF8', hello, {
    fields: [
      `Reply-To: ${utf8('Jörg <jörg@bücher.example>')}`,
      `X-Greeting: ${utf8('Grüße 漢')}`,
      `Subject: ${utf8('für jörg@bücher.example')}`,
    ],
    without: ['Subject'],
    smtpUtf8: true,
  }),
  message('an empty subject', hello, { fields: ['Subject:'], without: ['Subject'] }),
  message('a folded subject', hello, {
    fields: ['Subject: one', ' two', '\tthree'],
    without: ['Subject'],
  }),
  message('fields of a thread', hello, {
    fields: ['In-Reply-To: <0@example.com>', 'References: <a@example.com>', ' <0@example.com>'],
  }),
  message('priority and receipts', hello, {
    fields: ['X-Priority: 1', 'Importance: high', 'Disposition-Notification-To: a@contoso.com'],
  }),
  message('mailing list fields', hello, {
    fields: [
      'List-Unsubscribe: <https://example.com/u>',
      'Precedence: bulk',
      'Auto-Submitted: auto-generated',
    ],
  }),
  message('seven X- fields', hello, {
    fields: [1, 2, 3, 4, 5, 6, 7].map((n) => `X-App-${n}: value ${n}`),
  }),
  message('a huge header', encodedText('Hello', 'text/plain; charset=utf-8'), {
    fields: Array.from({ length: 300 }, (_, at) => `X-Trace-${at}: ${'x'.repeat(60)}`),
  }),
  message('a field of 20 kB', encodedText('Hello', 'text/plain; charset=utf-8'), {
    fields: [
      `X-Long: ${'word '.repeat(15)}`,
      ...Array.from({ length: 260 }, () => ` ${'word '.repeat(15)}`),
    ],
  }),
  message('a Reply-To with a name', hello, {
    fields: ['Reply-To: "Desk, Help" <desk@contoso.com>'],
  }),
  message('a DKIM signature', hello, {
    fields: ['DKIM-Signature: v=1; a=rsa-sha256; d=contoso.com; s=x; h=from; bh=x; b=x'],
  }),
];

const composed: readonly CorpusMessage[] = [
  message('an attachment', multipart('mixed', hello, pdf), { files: ['a.pdf'] }),
  message('an attachment alone', pdf, { ...lossy, shows: '', files: ['a.pdf'] }),
  message('HTML with a picture', multipart('related', htmlWithLogo, logo), { files: ['logo.png'] }),
  message('alternatives', multipart('alternative', hello, html), lossy),
  message(
    'alternatives and files',
    multipart('mixed', multipart('alternative', hello, html), pdf),
    { ...lossy, files: ['a.pdf'] },
  ),
  message(
    'alternatives, pictures and files',
    multipart(
      'mixed',
      multipart('alternative', hello, multipart('related', htmlWithLogo, logo)),
      pdf,
    ),
    { ...lossy, files: ['logo.png', 'a.pdf'] },
  ),
  message(
    'a CSV in an alternative',
    multipart('alternative', multipart('mixed', hello, text('a,b', 'text/csv')), html),
    { ...lossy, files: ['part-1.csv'] },
  ),
  message(
    'an AMP alternative',
    multipart('alternative', hello, text('<html amp4email>', 'text/x-amp-html'), html),
    lossy,
  ),
  message('two texts', multipart('mixed', hello, pdf, text('Goodbye')), {
    ...lossy,
    files: ['a.pdf', 'part-2.txt'],
  }),
  message(
    'an attached text',
    multipart(
      'mixed',
      hello,
      file('a.txt', 'text/plain; name=a.txt', 'attachment; filename=a.txt'),
    ),
    { files: ['a.txt'] },
  ),
  message(
    'an attached calendar',
    multipart('mixed', hello, file('a.ics', 'text/calendar', 'attachment; filename=a.ics')),
    { files: ['a.ics'] },
  ),
  message(
    'a name of RFC 2231',
    multipart(
      'mixed',
      hello,
      file(
        'Übersicht 1.pdf',
        'application/pdf',
        'attachment;\r\n filename*0*=utf-8\'\'%C3%9Cber; filename*1*=sicht%20; filename*2="1.pdf"',
      ),
    ),
    { files: ['Übersicht 1.pdf'] },
  ),
  message(
    'a name in encoded words',
    multipart(
      'mixed',
      hello,
      file('Prüfung.zip', 'application/zip; name="=?utf-8?Q?Pr=C3=BCfung.zip?="', 'attachment'),
    ),
    { files: ['Prüfung.zip'] },
  ),
  message(
    'a name in CJK',
    multipart(
      'mixed',
      hello,
      file(
        '報告書.bin',
        'application/octet-stream',
        "attachment; filename*=utf-8''%E5%A0%B1%E5%91%8A%E6%9B%B8.bin",
      ),
    ),
    { files: ['報告書.bin'] },
  ),
  message(
    'a name of 200 letters',
    multipart('mixed', hello, attachment(`${'x'.repeat(196)}.pdf`)),
    { files: [`${'x'.repeat(196)}.pdf`] },
  ),
  message(
    'a part without a name',
    multipart('mixed', hello, file('part-1.png', 'image/png', 'attachment')),
    { files: ['part-1.png'] },
  ),
  message(
    'an empty file',
    multipart('mixed', hello, entity(['Content-Type: application/pdf; name=e.pdf'], '')),
    lossy,
  ),
  message(
    'a message within',
    multipart('mixed', hello, entity(['Content-Type: message/rfc822'], inner)),
    { ...lossy, files: ['message-1.eml'] },
  ),
  message(
    'a digest',
    multipart('mixed', hello, multipart('digest', entity([], inner), entity([], inner))),
    { ...lossy, files: ['message-1.eml', 'message-2.eml'] },
  ),
  message(
    'a delivery report',
    multipart(
      'report; report-type=delivery-status',
      hello,
      text('Reporting-MTA: dns; x', 'message/delivery-status'),
      text('Subject: x', 'text/rfc822-headers'),
    ),
    { ...lossy, files: ['part-1.txt', 'part-2.txt'] },
  ),
  message(
    'a read receipt',
    multipart(
      'report; report-type=disposition-notification',
      hello,
      text('Disposition: manual-action', 'message/disposition-notification'),
    ),
    { ...lossy, files: ['part-1.txt'] },
  ),
  message('thirty levels', deep(30)),
  message(
    'a binary file in 8 bits',
    multipart(
      'mixed',
      hello,
      entity(
        ['Content-Type: application/octet-stream; name=a.bin'],
        `${contentOf('a.bin').trimEnd()}\r\n`,
      ),
    ),
    { files: ['a.bin'] },
  ),
];

const guarded: readonly CorpusMessage[] = [
  message(
    'an invitation',
    multipart(
      'alternative',
      hello,
      text(invitation, 'text/calendar; charset=utf-8; method=REQUEST'),
    ),
    whole,
  ),
  message('an invitation alone', text(`${invitation}Hello`, 'text/calendar; method=REQUEST'), {
    ...whole,
    shows: '',
  }),
  message(
    'S/MIME, signed clear',
    multipart('signed; protocol="application/pkcs7-signature"; micalg=sha-256', hello, signature),
    whole,
  ),
  message(
    'S/MIME, signed opaque',
    entity(
      [
        'Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m',
        'Content-Transfer-Encoding: base64',
      ],
      base64('signed'),
    ),
    { ...whole, shows: '' },
  ),
  message(
    'S/MIME, encrypted',
    entity(
      [
        'Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m',
        'Content-Transfer-Encoding: base64',
      ],
      base64('secret'),
    ),
    { ...whole, shows: '' },
  ),
  message(
    'PGP/MIME, signed',
    multipart(
      'signed; protocol="application/pgp-signature"; micalg=pgp-sha256',
      hello,
      text('-----BEGIN PGP SIGNATURE-----', 'application/pgp-signature'),
    ),
    whole,
  ),
  message(
    'PGP/MIME, encrypted',
    multipart(
      'encrypted; protocol="application/pgp-encrypted"',
      text('Version: 1', 'application/pgp-encrypted'),
      text('-----BEGIN PGP MESSAGE-----', 'application/octet-stream'),
    ),
    { ...whole, shows: '' },
  ),
  message(
    'a signed part within',
    multipart(
      'mixed',
      multipart('signed; protocol="application/pkcs7-signature"', hello, signature),
      pdf,
    ),
    whole,
  ),
];

const broken: readonly CorpusMessage[] = [
  message('no boundary parameter', entity(['Content-Type: multipart/mixed'], 'Hello\r\n'), {
    ...lossy,
    large: 'refused',
    shows: '',
  }),
  message('a boundary that never comes', entity([boundary], 'Hello\r\n'), {
    ...lossy,
    large: 'refused',
    shows: '',
  }),
  message('no closing boundary', entity([boundary], `--b\r\n${hello}--b\r\n${pdf}`), {
    files: ['a.pdf'],
  }),
  message(
    'an unknown encoding',
    text('Hello', undefined, 'Content-Transfer-Encoding: x-uuencode'),
    { ...lossy, large: 'refused' },
  ),
  message('a type that is none', text('Hello', 'nonsense'), { shows: '' }),
  message('sixty levels', deep(60), { ...lossy, large: 'refused', shows: '' }),
  message(
    'base64 with rubbish',
    multipart(
      'mixed',
      hello,
      file('a.pdf', 'application/pdf', 'attachment; filename=a.pdf').replace(
        /\r\n\r\n(.{40})/,
        '\r\n\r\n$1!? *\x80',
      ),
    ),
    { files: ['a.pdf'] },
  ),
];

export const corpus: readonly CorpusMessage[] = [
  ...plain,
  ...headers,
  ...composed,
  ...guarded,
  ...broken,
];
