// Reads the columns of a row with their types: what a column should not hold is a damaged file.
import type { SQLOutputValue } from 'node:sqlite';
import { StoreError } from '../../relay/ports.ts';

export type Row = Record<string, SQLOutputValue>;

export function integer(row: Row, column: string): number {
  const value = row[column];
  return typeof value === 'number' ? value : unexpected(column, value);
}

export function integerOrNull(row: Row, column: string): number | null {
  return row[column] === null ? null : integer(row, column);
}

export function text(row: Row, column: string): string {
  const value = row[column];
  return typeof value === 'string' ? value : unexpected(column, value);
}

export function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}

export function blob(row: Row, column: string): Uint8Array<ArrayBuffer> {
  const value = row[column];
  return value instanceof Uint8Array ? value : unexpected(column, value);
}

function unexpected(column: string, value: unknown): never {
  throw new StoreError(
    'corrupt',
    `The column "${column}" cannot be read: it holds ${typeof value}`,
  );
}
