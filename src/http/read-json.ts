// The JSON object that a request brings.
import type { Context } from 'hono';
import { readText } from './read-text.ts';

/** A thousand ids, with room to spare. */
const maxJsonBytes = 65_536;

/** An object; without a body an empty one; undefined for anything else. */
export async function readJson(
  c: Context,
  maxBytes = maxJsonBytes,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const text = await readText(c, maxBytes);
  return text?.trim() === '' ? {} : parseJson(text);
}

/** Undefined for what is no JSON object. */
function parseJson(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
