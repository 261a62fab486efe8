// Passes content on without the library's search for dots, which looks at each byte, and gives up its turn at each doubled one.
import type { SMTPStream } from 'smtp-server/lib/smtp-stream';

type Feed = SMTPStream['_feedDataStream'];
type Done = Parameters<Feed>[1];
type DataStream = SMTPStream['_dataStream'];

/** Of less the library keeps too much back for the content that comes next. */
const leastBytes = 1_024;
/** Where a final dot may have begun: the library, too, looks at them again together with what comes next. */
const keptBytes = 4;

/**
 * Makes a parser pass on at once what stands before the first dot alone at the start of a line: only there can be the final
 * dot. Dots that a client has doubled are made single on the way (RFC 5321 §4.5.2). From the line end before a dot alone on,
 * it goes the library's way.
 */
export function passPlainData(parser: SMTPStream): void {
  const feed: Feed = parser._feedDataStream.bind(parser);
  let goOn: Done | undefined;
  parser._feedDataStream = (chunk, done) => {
    const stream = parser._dataStream;
    // The library comes back with ours after each dot that it takes away: one around the other would fill the stack.
    if (done !== goOn) goOn = onceRead(stream, done);
    const split = splitPlain(parser, chunk);
    if (split) pass(parser, stream, split);
    const rest = split ? split.rest : chunk;
    // At once: a message whose end has come is there, even where its client goes away before it is read.
    if (rest) feed(rest, goOn);
    else goOn();
  };
}

/** The start of a chunk that holds no dot to be looked at any more, and what follows. */
interface Split {
  readonly plain: Buffer;
  /** For the next look, together with the chunk that comes next. */
  readonly kept: Buffer | false;
  /** For the library, at once. */
  readonly rest: Buffer | undefined;
}

/** Undefined: too little is plain. A dot that a chunk begins with later on is content: the one before it was taken away. */
function splitPlain({ _atDataStart, _lastBytes }: SMTPStream, chunk: Buffer): Split | undefined {
  if (chunk.length < leastBytes) return undefined;
  const bytes = _lastBytes === false ? chunk : Buffer.concat([_lastBytes, chunk]);
  if (_atDataStart && bytes[0] === dot) return undefined;
  const { pieces, start, lineEnd } = takeDoubled(bytes);
  if (lineEnd === -1) {
    const end = Math.max(start, bytes.length - keptBytes);
    const plain = join(pieces, bytes.subarray(start, end));
    return { plain, kept: bytes.subarray(end), rest: undefined };
  }
  // The library looks for the two bytes of a line end before the dot.
  const end = lineEnd - 1;
  if (end < leastBytes && pieces.length === 0) return undefined;
  return {
    plain: join(pieces, bytes.subarray(start, end)),
    kept: false,
    rest: bytes.subarray(end),
  };
}

const dot = 0x2e;

/** The pieces before each second of two dots, where the rest starts, and the LF before a dot alone, or -1. */
function takeDoubled(bytes: Buffer) {
  const pieces: Buffer[] = [];
  let start = 0;
  // What begins with LF has had its look, or is content for the library too.
  let lineEnd = bytes.indexOf('\n.', 1);
  while (lineEnd !== -1 && bytes[lineEnd + 2] === dot) {
    pieces.push(bytes.subarray(start, lineEnd + 1));
    start = lineEnd + 2;
    lineEnd = bytes.indexOf('\n.', start);
  }
  return { pieces, start, lineEnd };
}

function join(pieces: readonly Buffer[], last: Buffer): Buffer {
  return pieces.length === 0 ? last : Buffer.concat([...pieces, last]);
}

/** As the library does with what it has looked through. */
function pass(parser: SMTPStream, stream: DataStream, { plain, kept }: Split): void {
  parser._lastBytes = kept;
  parser._countDataBytes(plain.length);
  if (stream?.writable) stream.write(plain);
}

/**
 * Of a message that goes on, somebody has to read what there is before the next chunk. A stream that nobody reads any more
 * does not drain, it only closes.
 */
function onceRead(stream: DataStream, done: Done): Done {
  return (error) => {
    if (error || !stream?.writableNeedDrain) return done(error);
    const resume = () => {
      stream.off('drain', resume);
      stream.off('close', resume);
      done();
    };
    stream.once('drain', resume);
    stream.once('close', resume);
  };
}
