// Loaded into a gateway beside its own code (node --import): kills it at a COMMIT in its SQLite file, where no signal from outside can hit.
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { die, readSwitch, type SwitchSetting, type Work } from './kill-switch-setting.ts';

/** By the statement that only this work makes. */
const signs: readonly (readonly [Work, RegExp])[] = [
  ['message', /^\s*INSERT INTO message\b/i],
  ['claim', /^\s*UPDATE delivery SET state = 'sending'/i],
  ['record', /^\s*UPDATE delivery SET state = \?/i],
];

const setting = readSwitch();
if (setting) watch(setting);

function watch({ moment, work, occurrence }: SwitchSetting): void {
  const texts = new WeakMap<StatementSync, string>();
  let done = new Set<Work>();
  let left = occurrence;

  wrap(DatabaseSync.prototype, 'prepare', (_, args, carryOut) => {
    const statement = carryOut();
    if (statement instanceof StatementSync) texts.set(statement, String(args[0]));
    return statement;
  });
  for (const method of ['run', 'get', 'all']) {
    wrap(StatementSync.prototype, method, (statement, _, carryOut) =>
      around(texts.get(statement) ?? '', carryOut),
    );
  }

  function around(text: string, carryOut: () => unknown): unknown {
    for (const [one, sign] of signs) if (sign.test(text)) done.add(one);
    if (text !== 'COMMIT') return carryOut();
    const isMeant = done.has(work) && --left === 0;
    done = new Set();
    if (isMeant && moment === 'before') die();
    const result = carryOut();
    if (isMeant) die();
    return result;
  }
}

/** Lets `around` decide when, and whether, the method of an object is carried out. */
function wrap<T extends object>(
  prototype: T,
  method: string,
  around: (object: T, args: readonly unknown[], carryOut: () => unknown) => unknown,
): void {
  const real: unknown = Reflect.get(prototype, method);
  if (typeof real !== 'function') throw new Error(`There is no method "${method}"`);
  Reflect.set(prototype, method, function (this: T, ...args: unknown[]) {
    return around(this, args, () => Reflect.apply(real, this, args));
  });
}
