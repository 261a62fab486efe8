// Loaded into a gateway beside its own code (node --import): kills it before a statement goes to PostgreSQL, which is a transaction by itself, or when its answer has come.
import { Client } from 'pg';
import { die, readSwitch, type SwitchSetting, type Work } from './kill-switch-setting.ts';

/** By the name of the prepared statement. */
const names: Readonly<Record<Work, string>> = {
  message: 'accept',
  claim: 'claim',
  record: 'record',
};

const setting = readSwitch();
if (setting) watch(setting);

function watch({ moment, work, occurrence }: SwitchSetting): void {
  const real: unknown = Reflect.get(Client.prototype, 'query');
  if (typeof real !== 'function') throw new Error('There is no method "query"');
  let left = occurrence;

  Reflect.set(Client.prototype, 'query', function (this: Client, ...args: readonly unknown[]) {
    const isMeant = nameOf(args[0]) === names[work];
    if (isMeant && moment === 'before' && --left === 0) die();
    const answer: unknown = Reflect.apply(real, this, args);
    return isMeant && moment === 'after' ? dieAfter(answer) : answer;
  });

  /** A claim that found nothing does not count. */
  async function dieAfter(answer: unknown): Promise<unknown> {
    const result = await answer;
    if (hasRows(result) && --left === 0) die();
    return result;
  }
}

function nameOf(question: unknown): unknown {
  return typeof question === 'object' && question !== null && 'name' in question
    ? question.name
    : undefined;
}

function hasRows(result: unknown): boolean {
  if (typeof result !== 'object' || result === null || !('rows' in result)) return false;
  return Array.isArray(result.rows) && result.rows.length > 0;
}
