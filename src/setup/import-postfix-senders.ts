// The sender addresses that Postfix rewrites (sender_canonical_maps, smtp_generic_maps), as routes with a From of their own.
import { parseAddress, type Address } from '../core/address.ts';
import { patternFault } from '../config/pattern.ts';
import { isName, uniqueName } from './import-connections.ts';
import type { Block } from './import-document.ts';
import { readTables, type TableRow } from './import-postfix-files.ts';
import type { PostfixReading } from './import-postfix-relay.ts';

export interface SenderRules {
  /** In the order of the tables: the first that matches counts, here as there. */
  readonly routes: readonly Block[];
  /** Every sender leaves as this one. */
  readonly everybody?: Address;
}

const tablesOfSenders = ['sender_canonical_maps', 'canonical_maps', 'smtp_generic_maps'] as const;

/** `send`: the action of each route. */
export function senderRulesOf(reading: PostfixReading, send: Block): SenderRules {
  const { settings, findings } = reading;
  const rules: Rule[] = [];
  for (const setting of tablesOfSenders) {
    const value = settings.text(setting);
    if (value === undefined || value === '') continue;
    if (setting !== 'sender_canonical_maps') {
      findings.differs(setting, 'senders are rewritten, recipients are not');
    }
    rules.push(...rulesOf(setting, { ...reading, value }));
  }
  const last = rules.findIndex(({ when }) => when === 'any');
  const single = last === -1 ? rules : rules.slice(0, last);
  const everybody = rules[last]?.address;
  return { routes: toRoutes(single, send), ...(everybody && { everybody }) };
}

interface Rule {
  readonly name: string;
  readonly when: Block | 'any';
  readonly address: Address;
}

function rulesOf(
  setting: string,
  { value, ...reading }: PostfixReading & { readonly value: string },
): readonly Rule[] {
  const { findings, readTable } = reading;
  return readTables(value, readTable).flatMap((table) => {
    if (table.kind === 'unreadable') {
      findings.leftOut(setting, table.why);
      return [];
    }
    return table.rows.flatMap((row) => {
      const rule = ruleOf(row, reading);
      if (typeof rule !== 'string') return [rule];
      findings.leftOut(setting, `${textOf(row)}: ${rule}`);
      return [];
    });
  });
}

/** Or why there is none. */
function ruleOf(row: TableRow, reading: PostfixReading): Rule | string {
  if (row.kind === 'unfit') return 'cannot be kept';
  const origin = originOf(reading);
  const written = row.value.trim();
  const address = parseAddress(written.includes('@') ? written : `${written}@${origin}`);
  if (row.value.includes('$')) return 'a part of the old address cannot be kept in the new one';
  if (address === undefined) return 'is not one address';
  const name = row.kind === 'key' ? row.key : `/${row.pattern}/`;
  if (row.kind === 'key') return { name, when: { from: keyTest(row.key, reading) }, address };
  if (/^\^?\(?\.[*+]?\)?\$?$/.test(row.pattern)) return { name, when: 'any', address };
  if (patternFault(row.pattern) !== undefined) return 'its pattern is none of RE2';
  return { name, when: { from: { matches: row.pattern } }, address };
}

function textOf(row: TableRow): string {
  if (row.kind === 'unfit') return row.text;
  return row.kind === 'key' ? `${row.key} ${row.value}` : `/${row.pattern}/ ${row.value}`;
}

/** `user@domain`, `@domain`, or `user` at one of our own names. */
function keyTest(key: string, reading: PostfixReading): Block {
  if (key.startsWith('@')) return { endsWith: key };
  if (key.includes('@')) return { is: key };
  const hostname = reading.settings.text('myhostname') ?? 'localhost';
  const domains = new Set([originOf(reading), hostname, 'localhost']);
  const addresses = [...domains].map((domain) => `${key}@${domain}`);
  return { in: addresses.filter((address) => parseAddress(address) !== undefined) };
}

/** What Postfix puts behind an address without a domain. */
export function originOf({ settings }: PostfixReading): string {
  const origin = settings.text('myorigin') ?? '';
  if (origin !== '' && !origin.startsWith('/')) return origin;
  return settings.text('myhostname') ?? 'localhost';
}

function toRoutes(rules: readonly Rule[], send: Block): readonly Block[] {
  const taken = new Set(['default']);
  return rules.flatMap(({ name, when, address }) => {
    if (when === 'any') return [];
    const wanted = `sender ${name}`.slice(0, 60);
    const unique = uniqueName(isName(wanted) ? wanted : 'sender', taken);
    taken.add(unique);
    return [{ name: unique, when, ...send, from: rewriting(address) }];
  });
}

/** Of the address that Postfix rewrites nothing is left. */
export function rewriting(address: Address): Block {
  return { force: 'always', address, replyTo: 'never' };
}
