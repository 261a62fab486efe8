// Passes content without a dot at the start of a line by the library's search for one, which looks at each byte.
import type { SMTPStream } from 'smtp-server/lib/smtp-stream';

type Feed = SMTPStream['_feedDataStream'];

/** Of less the library keeps too much back for the content that comes next. */
const leastBytes = 1_024;
/** Where a final dot may have begun: the library, too, looks at them again together with what comes next. */
const keptBytes = 4;

/**
 * Makes a parser pass on at once what holds neither a final dot nor one to be taken away (RFC 5321 §4.5.2): both stand at the
 * start of a line. Whatever has a dot there goes the library's way.
 */
export function passPlainData(parser: SMTPStream): void {
  const feed: Feed = parser._feedDataStream.bind(parser);
  parser._feedDataStream = (chunk, done) => {
    const bytes = plainBytes(parser, chunk);
    if (bytes) pass(parser, { bytes, done });
    else feed(chunk, done);
  };
}

/** All that is to be looked at, where a search of Node's finds nothing in it, and no dot that the library has just left. */
function plainBytes({ _atDataStart, _lastBytes }: SMTPStream, chunk: Buffer): Buffer | undefined {
  if (_atDataStart || chunk.length < leastBytes) return undefined;
  const bytes = _lastBytes === false ? chunk : Buffer.concat([_lastBytes, chunk]);
  return bytes.includes('\n.') || bytes[0] === dot ? undefined : bytes;
}

const dot = 0x2e;

/** As the library does with what it has looked through. */
function pass(
  parser: SMTPStream,
  { bytes, done }: { readonly bytes: Buffer; readonly done: Parameters<Feed>[1] },
): void {
  const stream = parser._dataStream;
  const plain = bytes.subarray(0, -keptBytes);
  parser._lastBytes = bytes.subarray(-keptBytes);
  parser._countDataBytes(plain.length);
  if (!stream?.writable || stream.write(plain) || stream.destroyed) return done();
  const goOn = () => {
    stream.off('drain', goOn);
    stream.off('close', goOn);
    done();
  };
  stream.once('drain', goOn);
  stream.once('close', goOn);
}
