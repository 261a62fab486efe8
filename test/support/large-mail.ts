// Large messages that are made while they are sent: nothing of them is kept but their digests.
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createTransport } from 'nodemailer';

export interface LargeFile {
  /** Fields of the part but for its encoding, as lines. */
  readonly header: readonly string[];
  readonly bytes: number;
}

export interface LargeMail {
  readonly from: string;
  readonly subject: string;
  readonly files: readonly LargeFile[];
}

/** Whole lines of base64 at once. */
const bytesPerLine = 57;
const blockBytes = bytesPerLine * 1_024;

/** Sends it over one connection. Returns the digests of its files, in their order. Rejects when it is refused. */
export async function sendLargeMail(port: number, mail: LargeMail): Promise<readonly string[]> {
  const digests: string[] = [];
  const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true });
  try {
    await transport.sendMail({
      envelope: { from: mail.from, to: ['bob@example.com'] },
      raw: Readable.from(pieces(mail, digests), { objectMode: false }),
    });
  } finally {
    transport.close();
  }
  return digests;
}

function* pieces({ from, subject, files }: LargeMail, digests: string[]): Generator<Buffer> {
  yield text(
    `From: ${from}`,
    'To: bob@example.com',
    `Subject: ${subject}`,
    'MIME-Version: 1.0',
    'Content-Type: multipart/related; boundary=large',
    '',
    '--large',
    'Content-Type: text/html; charset=utf-8',
    '',
    '<p>Hello <img src="cid:logo@app"></p>',
  );
  for (const [at, file] of files.entries()) {
    yield text('--large', ...file.header, 'Content-Transfer-Encoding: base64', '');
    const hash = createHash('sha256');
    for (const block of blocks(file.bytes, at)) {
      hash.update(block);
      yield Buffer.from(block.toString('base64').replaceAll(/.{1,76}/g, '$&\r\n'), 'latin1');
    }
    digests.push(hash.digest('hex'));
  }
  yield text('--large--');
}

/** No block is like another, so that one in the wrong place shows. */
function* blocks(bytes: number, seed: number): Generator<Buffer> {
  const block = Buffer.alloc(blockBytes);
  let state = seed + 1;
  for (let at = 0; at + 4 <= blockBytes; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    block.writeUInt32LE(state, at);
  }
  for (let start = 0; start < bytes; start += blockBytes) {
    block.writeUInt32LE(start, 0);
    yield block.subarray(0, Math.min(blockBytes, bytes - start));
  }
}

function text(...lines: readonly string[]): Buffer {
  return Buffer.from(lines.map((line) => `${line}\r\n`).join(''));
}
