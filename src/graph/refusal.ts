// Which answers say that a message may go, but not in this way.
import type { TransportKind, TransportRefusal } from '../core/transport-plan.ts';
import { readGraphError } from './graph-error.ts';
import type { GraphResult } from './http.ts';

/** Smaller requests break for other reasons. */
const suspectBytes = 1_000_000;
const suspectAttempt = 3;
const unreadableMime =
  /^(ErrorMimeContentInvalid|ErrorContentConversionFailed|ErrorMimeContentConversionFailed)$/i;

/** @param attempt of the delivery, from 1 */
export function refusalOf(
  result: GraphResult,
  { transport, attempt }: { readonly transport: TransportKind; readonly attempt: number },
): TransportRefusal | undefined {
  if (isTooLarge(result) || breaksEachTime(result, attempt)) {
    return { transport, cause: 'tooLarge' };
  }
  return transport === 'mime' && isUnreadable(result)
    ? { transport, cause: 'unreadable' }
    : undefined;
}

/**
 * The request is too large, not the message for its mailbox (ErrorMessageSizeExceeded). To large messages Graph was
 * seen to answer 200, and to send nothing.
 */
export function isTooLarge(result: GraphResult): boolean {
  if (result.kind !== 'answer') return false;
  const { status, headers, json } = result;
  const { codes, message } = readGraphError(json);
  if (status === 200) return !/html/i.test(headers['content-type'] ?? '');
  if (status === 413) return !codes.includes('ErrorMessageSizeExceeded');
  return status === 400 && /maximum request (length|size)/i.test(message);
}

/** A gateway that refuses a large request may close the connection before its answer has arrived. */
function breaksEachTime(result: GraphResult, attempt: number): boolean {
  if (result.kind !== 'noAnswer' || result.cause !== 'network' || result.whole) return false;
  return attempt >= suspectAttempt && result.givenBytes > 0 && result.contentLength >= suspectBytes;
}

function isUnreadable(result: GraphResult): boolean {
  if (result.kind !== 'answer') return false;
  return readGraphError(result.json).codes.some((code) => unreadableMime.test(code));
}
