// Turns what PostgreSQL or the way to it throws into the store's own faults.
import { StoreError, type StoreFault } from '../../relay/ports.ts';

/** The connection was lost before the answer came: what was asked may have been carried out, or still will be. */
export class AnswerLost extends StoreError {}

/** Says in the words of `StoreError` what went wrong with a question that was on its way. */
export function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const fault = faultOf(error);
  const message = `${sentences[fault]}: ${describe(error)}`;
  if (isConnectionLost(error)) return new AnswerLost('away', message, { cause: error });
  return new StoreError(fault, message, { cause: error });
}

/** Says why there is no connection: nothing was asked. */
export function toNoConnection(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  return new StoreError('away', `PostgreSQL cannot be reached: ${describe(error)}`, {
    cause: error,
  });
}

const sentences: Readonly<Record<StoreFault, string>> = {
  full: 'The disk of PostgreSQL is full',
  away: 'The queue in PostgreSQL cannot be used',
  corrupt: 'The queue in PostgreSQL is damaged',
};

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
function faultOf(error: unknown): StoreFault {
  const code = sqlStateOf(error);
  if (code === '53100') return 'full';
  return code === 'XX001' || code === 'XX002' ? 'corrupt' : 'away';
}

/**
 * Class 08 and 57P: the server ended the connection. What has no SQLSTATE comes from this side: a reset, a timeout, or
 * "Connection terminated unexpectedly".
 */
export function isConnectionLost(error: unknown): boolean {
  const code = sqlStateOf(error);
  return code === undefined || /^(08|57P)/.test(code);
}

/** The transaction was undone for the sake of another one: it can be tried again at once. */
export function isConflict(error: unknown): boolean {
  return ['40P01', '40001'].includes(sqlStateOf(error) ?? '');
}

/** The five characters of an SQLSTATE; errors of Node have codes of other forms. */
function sqlStateOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const { code } = error;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && 'severity' in error
    ? code
    : undefined;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Of several addresses that all failed, Node tells in `errors` alone.
  const [first]: readonly unknown[] = error instanceof AggregateError ? error.errors : [];
  const message = (first instanceof Error ? first.message : error.message) || error.name;
  const code = sqlStateOf(error);
  return code === undefined ? message : `${message} (SQLSTATE ${code})`;
}
