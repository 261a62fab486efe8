// Patterns of RE2: no text can make one run for longer than its own length asks.
import { RE2JS, RE2JSSyntaxException } from 're2js';
import type { Pattern } from '../core/condition.ts';

/** Throws when `patternFault` finds one. The pattern matches anywhere in a text unless it says otherwise. */
export function compilePattern(
  source: string,
  { caseSensitive }: { readonly caseSensitive: boolean },
): Pattern {
  const compiled = RE2JS.compile(source, caseSensitive ? 0 : RE2JS.CASE_INSENSITIVE);
  return { source, test: (text) => compiled.matcher(text).find() };
}

/** What is wrong with a pattern, without quoting it; undefined when nothing is. */
export function patternFault(source: string): string | undefined {
  try {
    RE2JS.compile(source);
    return undefined;
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    return error.getDescription();
  }
}
