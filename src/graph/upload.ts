// Carries a large file to a draft by an upload session (Graph: "Attach large files to Outlook messages").
import { deferred } from '../core/outcome.ts';
import type { PartContent } from '../relay/ports.ts';
import { attachmentItem, type MessageFile } from './attachments.ts';
import type { Answer } from './exchange.ts';
import type { GraphHttp, GraphResult } from './http.ts';
import { elementsOf, propertiesOf } from './json-value.ts';
import { patienceFor } from './patience.ts';
import { bytesBody, textBody } from './request-body.ts';
import { isPassing } from './retries.ts';
import {
  isStatus,
  mayBeCarriedOut,
  takeStep,
  toRefused,
  type StepContext,
  type StepRefused,
} from './step.ts';

/** A multiple of 320 KiB below 4 MB: Outlook asks for the second, OneDrive's rule for the first. */
const sliceBytes = 3_932_160;
/** A session that is lost leaves nothing behind: the file begins anew. */
const maxSessions = 4;

export interface UploadOptions extends StepContext {
  readonly http: GraphHttp;
  readonly signal: AbortSignal;
  /** Of the draft, from the root of the origin on. */
  readonly draftPath: string;
  readonly headers: Readonly<Record<string, string>>;
  /** URL of a session that an earlier attempt was in the middle of; absent: a new one is opened. */
  readonly session?: string | undefined;
}

export interface FileRefused extends StepRefused {
  /** URL of the session, where it may go on with later. */
  readonly session?: string;
}

/** Throws what the content throws. Undefined when the file is attached. */
export async function uploadFile(
  file: MessageFile,
  options: UploadOptions,
): Promise<FileRefused | undefined> {
  const slice = Buffer.allocUnsafeSlow(Math.min(sliceBytes, file.part.decodedBytes));
  let left = await findPlace(options);
  for (let sessions = 1; ; sessions++) {
    const url = left?.url ?? (await openSession(file, options));
    if (typeof url !== 'string') return url;
    const end = await putFile(file.content, { ...options, url, slice, from: left?.from ?? 0 });
    if (end === 'attached') return undefined;
    left = undefined;
    if (!end.sessionLost) return { ...end, session: url };
    // Right after its making a draft is not found by every server of Exchange, and no session either.
    if (sessions === maxSessions || !(await options.retries.allow(end.refusal))) return end;
  }
}

/** Where an upload goes on that was left in its middle. Undefined: it begins anew. */
async function findPlace(
  options: UploadOptions,
): Promise<{ readonly url: string; readonly from: number } | undefined> {
  const { http, session: url, signal } = options;
  if (url === undefined) return undefined;
  const state = await http.upload({ method: 'GET', url, deadlineMs: patienceFor(0), signal });
  const from = isStatus(state, 200) ? readNextExpected(state) : undefined;
  return from === undefined ? undefined : { url, from };
}

async function openSession(
  file: MessageFile,
  options: UploadOptions,
): Promise<string | StepRefused> {
  const body = textBody(JSON.stringify({ AttachmentItem: attachmentItem(file) }));
  const step = await takeStep({
    ...options,
    isDone: (status) => status === 201 || status === 200,
    // A second session is one more that nobody uses.
    isIdempotent: true,
    send: () =>
      options.http.request({
        method: 'POST',
        path: `${options.draftPath}/attachments/createUploadSession`,
        headers: { ...options.headers, 'content-type': 'application/json' },
        body,
        operation: 'create_upload_session',
        deadlineMs: patienceFor(body.contentLength),
        signal: options.signal,
      }),
  });
  if (step.kind === 'refused') return step;
  return readUploadUrl(step.answer) ?? noUploadUrl(step.answer);
}

function readUploadUrl({ json }: Answer): string | undefined {
  const { uploadUrl: url } = propertiesOf(json);
  const isSecure = typeof url === 'string' && URL.parse(url)?.protocol === 'https:';
  return isSecure ? url : undefined;
}

function noUploadUrl(result: Answer): StepRefused {
  const refusal = deferred('4.3.0', {
    reason: 'server',
    diagnostic: 'Microsoft Graph opened an upload session without an https URL: it is tried again',
  });
  return { kind: 'refused', refusal, result };
}

interface PutOptions extends UploadOptions {
  readonly url: string;
  /** Room for one slice, which is kept until its PUT was answered. */
  readonly slice: Buffer;
  /** What comes before it has been taken. */
  readonly from: number;
}

/** The file does not stand in the draft. */
interface NotAttached extends StepRefused {
  /** A new session may do better. */
  readonly sessionLost: boolean;
}

async function putFile(
  content: PartContent,
  options: PutOptions,
): Promise<'attached' | NotAttached> {
  let start = 0;
  for await (const bytes of slices(content, options.slice)) {
    const isTaken = start + bytes.length <= options.from;
    const end = isTaken
      ? undefined
      : await putSlice({ bytes, start, total: content.sizeBytes }, options);
    if (end !== undefined) return end;
    start += bytes.length;
  }
  return 'attached';
}

/** Each is overwritten by the next one. */
async function* slices(content: PartContent, slice: Buffer): AsyncGenerator<Buffer> {
  let filled = 0;
  for await (const piece of content.read()) {
    for (let at = 0; at < piece.length;) {
      const fits = piece.subarray(at, at + slice.length - filled);
      slice.set(fits, filled);
      filled += fits.length;
      at += fits.length;
      if (filled < slice.length) continue;
      yield slice;
      filled = 0;
    }
  }
  if (filled > 0) yield slice.subarray(0, filled);
}

interface Slice {
  readonly bytes: Buffer;
  /** Where it begins in the file. */
  readonly start: number;
  /** Bytes of the file. */
  readonly total: number;
}

/**
 * Undefined when all of the slice was taken, and with the last one the file. Of the last one only 201 says that: a 200
 * with no more to come has been seen where no file was attached.
 */
async function putSlice(slice: Slice, options: PutOptions): Promise<NotAttached | undefined> {
  const { start, total } = slice;
  const end = start + slice.bytes.length;
  const isLast = end === total;
  let next = Math.max(start, options.from);
  let mayBeWhole = false;
  for (;;) {
    const given = await put(slice, next, options);
    if (isLast && isStatus(given, 201)) return undefined;
    mayBeWhole ||= isLast && (mayBeCarriedOut(given, options) || isStatus(given, 200));
    const state = isPlain(given, slice) ? given : await askForState(given, options);
    // The session of a file that is whole is gone as well: whether this one is attached, nobody says.
    if (!isStatus(state, 200)) return notAttached(state, options, isGone(state) && !mayBeWhole);
    const expected = readNextExpected(state);
    if (expected === end && !isLast) return undefined;
    const isOpen = expected !== undefined && expected < end;
    const isLost = expected !== undefined && (expected < start || expected > end);
    const isRefused = expected === next && isStatus(given, 200, 416);
    if (!isOpen || isLost || (isRefused && !(await isWorthAnother(state, options)))) {
      return notAttached(state, options, isLost || (!isOpen && !mayBeWhole));
    }
    next = expected;
  }
}

/** The answer to a PUT says by itself where to go on, or that there is nowhere to. */
function isPlain(given: GraphResult, { bytes, start, total }: Slice): boolean {
  const end = start + bytes.length;
  const expected = readNextExpected(given);
  const isPlace = expected !== undefined && (expected < end || end < total);
  return isStatus(given, 404, 410) || (isStatus(given, 200) && isPlace);
}

function put({ bytes, start, total }: Slice, from: number, options: PutOptions) {
  const body = bytesBody(bytes.subarray(from - start));
  return options.http.upload({
    method: 'PUT',
    url: options.url,
    headers: {
      'content-type': 'application/octet-stream',
      'content-range': `bytes ${from}-${start + bytes.length - 1}/${total}`,
    },
    body,
    deadlineMs: patienceFor(body.contentLength),
    signal: options.signal,
  });
}

/** After a PUT that came to nothing, or whose answer is lost; the PUT's own result where it is no use to ask. */
async function askForState(given: GraphResult, options: PutOptions): Promise<GraphResult> {
  const outOfPlace = isStatus(given, 416);
  if (!outOfPlace && !(await isWorthAnother(given, options))) return given;
  const { http, signal, url } = options;
  const step = await takeStep({
    ...options,
    isDone: (status) => status === 200 || status === 404 || status === 410,
    isIdempotent: true,
    send: () => http.upload({ method: 'GET', url, deadlineMs: patienceFor(0), signal }),
  });
  return step.kind === 'done' ? step.answer : step.result;
}

async function isWorthAnother(result: GraphResult, options: PutOptions): Promise<boolean> {
  const { refusal } = toRefused(result, options);
  const isProgressLost = isStatus(result, 200);
  return (isProgressLost || isPassing(refusal)) && (await options.retries.allow(refusal));
}

function isGone(result: GraphResult): boolean {
  return isStatus(result, 404, 410);
}

function notAttached(result: GraphResult, options: PutOptions, sessionLost: boolean): NotAttached {
  const refused = toRefused(result, options);
  return isStatus(result, 200) || isGone(result)
    ? { ...refused, refusal: placeLost, sessionLost }
    : { ...refused, sessionLost };
}

const placeLost = deferred('4.3.0', {
  reason: 'server',
  diagnostic: 'Microsoft Graph lost an upload of a file on its way: it is tried again',
});

/** For Outlook one place, for others a range; by a name in either case. Undefined when nothing is missing. */
function readNextExpected(result: GraphResult): number | undefined {
  const json = result.kind === 'answer' ? result.json : undefined;
  const ranges = Object.entries(propertiesOf(json)).find(([name]) =>
    /^nextExpectedRanges$/i.test(name),
  );
  const start = /^\d+/.exec(String(elementsOf(ranges?.[1])[0]))?.[0];
  return start === undefined ? undefined : Number(start);
}
