// Sizes, durations and shares as an operator writes them.

const sizePattern = /^(\d+(?:\.\d+)?) ?(?:([kMG])(i)?)?B?$/i;
const powers = new Map([
  ['k', 1],
  ['m', 2],
  ['g', 3],
]);

/** Bytes of `35MB`, `32MiB`, `1.5 GB` or `4000000`; undefined for what is no size, or less than a byte. */
export function parseSize(text: string): number | undefined {
  const match = sizePattern.exec(text);
  if (match === null) return undefined;
  const [, number = '', prefix = '', binary] = match;
  const unit = (binary === undefined ? 1000 : 1024) ** (powers.get(prefix.toLowerCase()) ?? 0);
  const bytes = Math.round(Number(number) * unit);
  return bytes >= 1 && Number.isSafeInteger(bytes) ? bytes : undefined;
}

const durationPattern = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
const unitsMs = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** Milliseconds of `500ms`, `30s`, `5m`, `2h` or `2d`; undefined for what is no duration. */
export function parseDuration(text: string): number | undefined {
  const [, number = '', unit = ''] = durationPattern.exec(text) ?? [];
  const unitMs = unitsMs.get(unit);
  if (unitMs === undefined) return undefined;
  const durationMs = Math.round(Number(number) * unitMs);
  return Number.isSafeInteger(durationMs) ? durationMs : undefined;
}

/** 0 to 1 of `10%`; undefined for what is no percentage up to 100. */
export function parseShare(text: string): number | undefined {
  const [, number] = /^(\d+(?:\.\d+)?) ?%$/.exec(text) ?? [];
  if (number === undefined || Number(number) > 100) return undefined;
  return Number(number) / 100;
}
