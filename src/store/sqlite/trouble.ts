// Turns what SQLite or the file system throws into the store's own faults.
import { StoreError, type StoreFault } from '../../relay/ports.ts';
import type { Trouble } from './operations.ts';

/** Primary result codes of https://www.sqlite.org/rescode.html. */
const sqliteBusy = 5;
const sqliteIoError = 10;
const sqliteCorrupt = 11;
const sqliteFull = 13;
const sqliteNotADatabase = 26;

/** The primary result code of an error of SQLite; undefined for any other. */
function sqliteCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}

export function isLocked(error: unknown): boolean {
  return sqliteCodeOf(error) === sqliteBusy;
}

/** The disk did not do what it was told. */
export function isIoError(error: unknown): boolean {
  return sqliteCodeOf(error) === sqliteIoError;
}

export function isNotADatabase(error: unknown): boolean {
  return sqliteCodeOf(error) === sqliteNotADatabase;
}

/** Says in the words of `StoreError` what went wrong. */
export function toTrouble(error: unknown): Trouble {
  if (error instanceof StoreError) {
    return { fault: error.fault, message: error.message, cause: error.cause };
  }
  const fault = faultOf(error);
  return { fault, message: `${sentences[fault]}: ${describe(error)}`, cause: error };
}

const sentences: Readonly<Record<StoreFault, string>> = {
  full: 'The disk of the queue is full',
  away: 'The queue cannot be used',
  corrupt: 'The queue file is damaged',
};

function faultOf(error: unknown): StoreFault {
  const code = sqliteCodeOf(error);
  if (code === sqliteFull || errnoOf(error) === 'ENOSPC') return 'full';
  return code === sqliteCorrupt || code === sqliteNotADatabase ? 'corrupt' : 'away';
}

function errnoOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'errcode' in error ? `${error.message} (SQLite ${String(error.errcode)})` : error.message;
}
