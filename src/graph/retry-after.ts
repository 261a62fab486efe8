// Reads the header Retry-After (RFC 9110 §10.2.3), in the forms that Graph uses.

const shortestMs = 1_000;
const longestMs = 3_600_000;

/**
 * Ms from `now`, from 1 s to 1 h; undefined when there is none that can be read. Graph sends whole and fractional
 * seconds, and may send an HTTP date.
 */
export function parseRetryAfter(text: string | undefined, now: number): number | undefined {
  const ms = toMs(text?.trim() ?? '', now);
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(Math.ceil(ms), shortestMs), longestMs);
}

/** Digits come first: `Date.parse('120')` is the year 120. */
function toMs(text: string, now: number): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1_000;
  return /^[a-z]{3,9},? /i.test(text) ? Date.parse(text) - now : NaN;
}
