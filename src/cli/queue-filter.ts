// The options of the queue command that say which deliveries are meant.
import { toFilter, type FilterFields } from '../http/delivery-filter.ts';
import type { Meant } from './queue-api.ts';

export interface FilterOptions {
  readonly state?: string;
  readonly client?: string;
  readonly route?: string;
  readonly connection?: string;
  readonly lane?: string;
  readonly address?: string;
  readonly subject?: string;
  readonly messageId?: string;
  /** A time, or an age such as `2h`. */
  readonly since?: string;
  readonly until?: string;
}

const ages: ReadonlyMap<string, number> = new Map([
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** A sentence for people where they make no sense. @param now epoch ms, from which ages count */
export function readFields(options: FilterOptions, now: number): FilterFields | string {
  const { state, client, route, connection, lane, address, subject, messageId } = options;
  const given = { state, client, route, connection, lane, address, subject, messageId };
  const times = { since: readTime(options.since, now), until: readTime(options.until, now) };
  const entries = Object.entries({ ...given, ...times }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const empty = entries.find(([, value]) => value.trim() === '');
  if (empty) return `--${toKebab(empty[0])} needs a value`;
  const wrong = Object.entries(times).find(
    ([, value]) => value !== undefined && Number.isNaN(Date.parse(value)),
  );
  if (wrong) {
    return `--${wrong[0]} takes a time such as 2026-11-22T14:00:00Z, or an age such as 2h or 3d; "${wrong[1]}" is neither`;
  }
  const fields: FilterFields = Object.fromEntries(entries);
  const filter = toFilter(fields);
  return typeof filter === 'string' ? filter : fields;
}

/** What an action is for: ids, or with `--all` what the filter finds. A sentence for people otherwise. */
export function readMeant(
  ids: readonly string[],
  options: FilterOptions & { readonly all?: boolean },
  now: number,
): Meant | string {
  const fields = readFields(options, now);
  if (typeof fields === 'string') return fields;
  const isFiltered = Object.keys(fields).length > 0;
  if (ids.length > 0) {
    return isFiltered || options.all ? 'Give either ids, or --all with a filter' : { ids };
  }
  if (!options.all) {
    return isFiltered
      ? 'With --all this is done to everything that the filter finds; say so, or give ids'
      : 'Give ids, or --all with a filter such as --state failed';
  }
  return isFiltered ? { filter: fields } : { all: true };
}

function readTime(text: string | undefined, now: number): string | undefined {
  const age = /^(\d+)([smhd])$/.exec(text ?? '');
  const unitMs = ages.get(age?.[2] ?? '');
  if (!age || unitMs === undefined) return text;
  const time = new Date(now - Number(age[1]) * unitMs);
  return Number.isNaN(time.getTime()) ? text : time.toISOString();
}

function toKebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
