// Reads why there is no token: from an answer of Entra's token endpoint, or from an error on the way.
import type { TokenFailure } from '../relay/ports.ts';

/** What Entra answered in place of a token. */
export interface EntraAnswer {
  readonly httpStatus: number;
  /** The body, parsed; undefined when it was no JSON. */
  readonly body: unknown;
  /** The header Retry-After. */
  readonly retryAfter?: string | undefined;
}

const maxDescriptionLetters = 300;

/** The failure of RFC 6749 §5.2, with Entra's own numbers; error `unreadable` where the body is no such thing. */
export function failureOfAnswer({ httpStatus, body, retryAfter }: EntraAnswer): TokenFailure {
  const fields: Readonly<Record<string, unknown>> = isObject(body) ? body : {};
  // App Service has words of its own.
  const description = textOf(fields['error_description']) || textOf(fields['message']);
  const retryAfterMs = parseSeconds(retryAfter);
  return {
    kind: 'failure',
    error: textOf(fields['error']) || 'unreadable',
    codes: numbersOf(fields['error_codes'], description),
    description:
      toOneLine(description) || `The answer with HTTP status ${httpStatus} has no reason`,
    httpStatus,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

/** No answer came. The description ends with the code of what went wrong, such as ECONNREFUSED. */
export function failureOfNetwork(error: unknown): TokenFailure {
  return {
    kind: 'failure',
    error: 'network',
    codes: [],
    description: toOneLine(`No answer from Entra: ${describeError(error)}`),
  };
}

/** Trouble on this side: a credential that cannot be used, or a fault of the library. */
export function failureOfClient(error: unknown): TokenFailure {
  const code = isObject(error) ? textOf(error['errorCode']) : '';
  return {
    kind: 'failure',
    error: code || 'unusable_credential',
    codes: [],
    description: toOneLine(error instanceof Error ? error.message : String(error)),
  };
}

/** AADSTS: the user, or an administrator for him, has to consent to something. */
const consentNumbers = [65001, 65004, 90094, 90095];

/** By the name that the outcome table has for it, where a user has not consented, or does not want to. */
export function failureOfUser(failure: TokenFailure): TokenFailure {
  const lacksConsent =
    failure.error === 'access_denied' ||
    failure.codes.some((code) => consentNumbers.includes(code));
  return lacksConsent ? { ...failure, error: 'user_consent_needed' } : failure;
}

/** A shorter one may be a part of any word: it is a secret where it stands by itself. */
const shortSecretLength = 6;

/** The failure without `secret`, whatever put it there. */
export function redactFailure(failure: TokenFailure, secret: string): TokenFailure {
  if (secret === '') return failure;
  const text = secret.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
  const alone = String.raw`(?<![\p{L}\p{N}])${text}(?![\p{L}\p{N}])`;
  const pattern = new RegExp(secret.length < shortSecretLength ? alone : text, 'gu');
  return { ...failure, description: failure.description.replaceAll(pattern, '[secret]') };
}

/** Without the ids of the request: they differ each time, so that no two lines of a log would be alike. */
function toOneLine(text: string): string {
  const withoutIds = text.split(/\s*(?:Trace ID|Correlation ID|Timestamp):/)[0] ?? '';
  const line = withoutIds.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length > maxDescriptionLetters ? `${line.slice(0, maxDescriptionLetters)}…` : line;
}

function numbersOf(errorCodes: unknown, description: string): readonly number[] {
  const listed = Array.isArray(errorCodes)
    ? errorCodes.filter((code) => Number.isInteger(code))
    : [];
  const inText = [...description.matchAll(/AADSTS(\d+)/g)].map(([, digits]) => Number(digits));
  return [...new Set<number>([...listed, ...inText])];
}

/** Entra counts seconds; the other form of Retry-After, a date, is not known of it. */
function parseSeconds(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+(\.\d+)?$/.test(text)
    ? Math.ceil(Number(text) * 1000)
    : undefined;
}

function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = isObject(error) ? textOf(error['code']) : '';
  const text = error.message || error.name;
  return text.includes(code) ? text : `${text} (${code})`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
