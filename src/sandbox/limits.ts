// The limits of the service that the sandbox keeps, and how it words its Retry-After: Graph's and Exchange Online's own unless told otherwise.

export interface SandboxLimits {
  /** Bytes of the body of one request to Graph; more is answered 413. */
  readonly requestBytes: number;
  /** Requests in flight for one app on one mailbox. */
  readonly concurrency: number;
  /** Requests in ten minutes for one app on one mailbox. */
  readonly requestsPer10Minutes: number;
  /** Bytes of PATCH, POST and PUT bodies in five minutes for one app on one mailbox. */
  readonly uploadBytesPer5Minutes: number;
  /** Recipients of one message (RecipientLimits of Set-Mailbox). */
  readonly recipients: number;
  /** Bytes of a whole message as MIME (MaxSendSize of Set-Mailbox); more is answered ErrorMessageSizeExceeded. */
  readonly messageBytes: number;
  /** Bytes of a file in one POST to attachments; from there on it takes an upload session. */
  readonly attachmentBytes: number;
  /** Bytes of a file in an upload session, at least and at most. */
  readonly uploadSessionMinBytes: number;
  readonly uploadSessionMaxBytes: number;
  /** Bytes of one PUT to an upload session. */
  readonly uploadPieceBytes: number;
  /** Life of an upload session; PUTs do not lengthen it. */
  readonly uploadSessionMs: number;
  /** `expires_in` of a token. */
  readonly tokenSeconds: number;
  /** `refresh_in` of a token; 0 leaves it out. */
  readonly refreshInSeconds: number;
  /** What a Retry-After asks for where nothing else decides. */
  readonly retryAfterSeconds: number;
  /** A Retry-After may be `2`, `2.128` or an HTTP date. */
  readonly retryAfterForm: RetryAfterForm;
  /** How long a message to `slow@…` waits for its answer. */
  readonly slowMs: number;
}

export type RetryAfterForm = 'integer' | 'fractional' | 'date';

export const defaultLimits: SandboxLimits = {
  requestBytes: 4_194_304,
  concurrency: 4,
  requestsPer10Minutes: 10_000,
  uploadBytesPer5Minutes: 150_000_000,
  recipients: 500,
  messageBytes: 36_700_160,
  attachmentBytes: 3_145_728,
  uploadSessionMinBytes: 3_000_000,
  uploadSessionMaxBytes: 157_286_400,
  uploadPieceBytes: 4_194_304,
  uploadSessionMs: 3_600_000,
  tokenSeconds: 3_599,
  refreshInSeconds: 0,
  retryAfterSeconds: 2,
  retryAfterForm: 'integer',
  slowMs: 5_000,
};

/** The value of a Retry-After header that asks for `seconds` from `now` (epoch ms) on, never for less. */
export function formatRetryAfter(
  seconds: number,
  { form, now }: { readonly form: RetryAfterForm; readonly now: number },
): string {
  switch (form) {
    case 'integer':
      return String(Math.ceil(seconds));
    case 'fractional':
      return (seconds + 0.128).toFixed(3);
    case 'date':
      return new Date(Math.ceil((now + seconds * 1000) / 1000) * 1000).toUTCString();
  }
}

/** Epoch ms up to which a Retry-After asks to wait; undefined when it is none. */
export function parseRetryAfter(value: string, now: number): number | undefined {
  // Digits first: Date.parse takes "120" for a year.
  if (/^\d+(\.\d+)?$/.test(value)) return now + Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : date;
}
