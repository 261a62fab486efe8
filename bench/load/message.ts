// The messages of the benchmark: each tells in its header and in its body which one it is, and carries a hash of its body.
import { hash, randomBytes } from 'node:crypto';

/** Some messages alike, numbered from 0. */
export interface Batch {
  /** One word, unlike that of any other batch of the same run. */
  readonly name: string;
  readonly count: number;
  /** Of header and body; the bytes on the wire have a few more. */
  readonly sizeBytes: number;
  /** How many mailboxes they are from, in turns. */
  readonly lanes: number;
  /** What the names of these mailboxes begin with. */
  readonly lanePrefix: string;
  /** Most of each message is a file. Default: all of it is text. */
  readonly attached?: boolean;
}

export interface BenchMessage {
  readonly reversePath: string;
  readonly forwardPath: string;
  /** As it goes out after DATA: dots stuffed (RFC 5321 §4.5.2), the closing dot included. */
  readonly wire: Buffer;
}

/** What a message says of itself. */
export interface Identity {
  readonly batch: string;
  readonly number: number;
  readonly from: string;
  readonly to: string;
}

const lineBytes = 78;
const fillerBytes = 4_000 * lineBytes;
/** It is stuffed on the wire, and must come out with one dot. */
const dotLine = '.a line that begins with a dot\r\n';

/** Lines of 76 letters without a dot at their start, the same for all messages of this process. */
const filler = Buffer.from(
  randomBytes((fillerBytes / lineBytes) * 57)
    .toString('base64')
    .replace(/.{76}/g, '$&\r\n'),
  'latin1',
);

function identityOf({ name, lanes, lanePrefix }: Batch, number: number): Identity {
  return {
    batch: name,
    number,
    from: `${lanePrefix}-${number % lanes}@bench.example`,
    to: `reader-${number}@elsewhere.example`,
  };
}

export function createMessage(batch: Batch, number: number): BenchMessage {
  return batch.attached === true ? createAttached(batch, number) : createText(batch, number);
}

/** Its hash is that of the file, decoded. */
function createAttached(batch: Batch, number: number): BenchMessage {
  const identity = identityOf(batch, number);
  const letters = createLetters(number, batch.sizeBytes);
  const fileHash = hash('sha256', Buffer.from(letters.toString('latin1'), 'base64'));
  const header = formatHeader(identity, fileHash, 'multipart/mixed; boundary=bench');
  const wire = Buffer.concat([Buffer.from(`${header}${partsBeforeFile}`), letters, lastLines]);
  return { reversePath: identity.from, forwardPath: identity.to, wire };
}

const partsBeforeFile = [
  '--bench',
  'Content-Type: text/plain; charset=us-ascii',
  '',
  'A file for the benchmark.',
  '--bench',
  'Content-Type: application/octet-stream; name=file.bin',
  'Content-Disposition: attachment; filename=file.bin',
  'Content-Transfer-Encoding: base64',
  '',
  '',
].join('\r\n');
const lastLines = Buffer.from('--bench--\r\n.\r\n');

function createText(batch: Batch, number: number): BenchMessage {
  const identity = identityOf(batch, number);
  const headerBytes = formatHeader(identity, '0'.repeat(64)).length;
  const body = createBody(identity, batch.sizeBytes - headerBytes);
  const header = formatHeader(identity, hash('sha256', body));
  const firstLine = body.indexOf('\n') + 1;
  const wire = Buffer.concat([
    Buffer.from(header, 'latin1'),
    body.subarray(0, firstLine),
    Buffer.from('.'),
    body.subarray(firstLine),
    Buffer.from('.\r\n'),
  ]);
  return { reversePath: identity.from, forwardPath: identity.to, wire };
}

function formatHeader(
  identity: Identity,
  bodyHash: string,
  contentType = 'text/plain; charset=us-ascii',
): string {
  const { batch, number, from, to } = identity;
  return [
    `From: Bench <${from}>`,
    `To: <${to}>`,
    `Subject: Message ${number} of ${batch}`,
    'Date: Sun, 22 Nov 2026 12:00:00 +0000',
    `Message-ID: <${batch}.${number}@bench.example>`,
    'MIME-Version: 1.0',
    `Content-Type: ${contentType}`,
    'Content-Transfer-Encoding: 7bit',
    `X-Bench: ${formatIdentity(identity)}`,
    `X-Bench-SHA256: ${bodyHash}`,
    '',
    '',
  ].join('\r\n');
}

function formatIdentity({ batch, number, from, to }: Identity): string {
  return `${batch} ${number} ${from} ${to}`;
}

/** About `bytes` long: whole lines of the filler, from another place for each message. */
function createBody(identity: Identity, bytes: number): Buffer {
  const start = Buffer.from(`${formatIdentity(identity)}\r\n${dotLine}`, 'latin1');
  return Buffer.concat([start, createLetters(identity.number, bytes - start.length)]);
}

function createLetters(number: number, bytes: number): Buffer {
  const lines = Math.max(1, Math.round(bytes / lineBytes));
  const pieces: Buffer[] = [];
  let left = lines * lineBytes;
  for (let at = (number * 7 * lineBytes) % fillerBytes; left > 0; at = 0) {
    const piece = filler.subarray(at, Math.min(fillerBytes, at + left));
    pieces.push(piece);
    left -= piece.length;
  }
  return Buffer.concat(pieces);
}

/** Compares what the message says of its file with the file. */
export function readAttached(
  raw: Buffer,
  { mailbox, fileHash }: { readonly mailbox: string; readonly fileHash: string },
): ReceivedMessage {
  const header = raw.toString('latin1', 0, raw.indexOf('\r\n\r\n') + 4);
  const identity = parseIdentity(valueOf('X-Bench', header));
  if (identity === undefined) return { identity, fault: 'It has no X-Bench field' };
  const fault = [
    fileHash !== valueOf('X-Bench-SHA256', header) && 'its file has changed',
    mailbox !== identity.from && `it left from ${mailbox}`,
    valueOf('To', header) !== `<${identity.to}>` && 'its To has changed',
  ].find((each) => typeof each === 'string');
  return { identity, fault };
}

/** A message as the simulator got it. */
export interface ReceivedMessage {
  /** Undefined when it says nothing of itself: it is not of this benchmark. */
  readonly identity: Identity | undefined;
  /** What is wrong with it; undefined when it is as it was sent. */
  readonly fault: string | undefined;
}

/** Compares what header, body and hash say, and the mailbox that it left from. */
export function readMessage(
  raw: Buffer,
  { mailbox }: { readonly mailbox: string },
): ReceivedMessage {
  const bodyStart = raw.indexOf('\r\n\r\n') + 4;
  const header = raw.toString('latin1', 0, bodyStart);
  const body = raw.subarray(bodyStart);
  const said = valueOf('X-Bench', header);
  const identity = parseIdentity(said);
  if (identity === undefined) return { identity, fault: 'It has no X-Bench field' };
  const firstLine = body.toString('latin1', 0, Math.max(0, body.indexOf('\r\n')));
  const fault = [
    firstLine !== said && 'its body is of another message',
    hash('sha256', body) !== valueOf('X-Bench-SHA256', header) && 'its body has changed',
    !valueOf('From', header).includes(`<${identity.from}>`) && 'its From has changed',
    mailbox !== identity.from && `it left from ${mailbox}`,
    valueOf('To', header) !== `<${identity.to}>` && 'its To has changed',
    /^(cc|bcc):/im.test(header) && 'it has other recipients',
  ].find((each) => typeof each === 'string');
  return { identity, fault };
}

function valueOf(name: string, header: string): string {
  return new RegExp(`^${name}: (.*)\\r$`, 'im').exec(header)?.[1] ?? '';
}

function parseIdentity(text: string): Identity | undefined {
  const [batch, number, from, to] = text.split(' ');
  if (batch === undefined || from === undefined || to === undefined) return undefined;
  return { batch, number: Number(number), from, to };
}
