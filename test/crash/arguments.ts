// The command line of a crash run.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { engineNames, type EngineName } from './engine.ts';

export interface Arguments {
  readonly kills: number;
  readonly seed: number;
  readonly engine: EngineName;
  readonly lookUp: boolean;
  readonly sweep: boolean;
  readonly replicas: boolean;
  readonly help: boolean;
}

export const usage = `npm run test:crash -- [option …]

Kills the gateway while clients send, starts it again, and compares what got a 250 with what arrived.

Options:
  --kills N         how often it is killed (200)
  --seed N          repeats the choice of kills and messages of an earlier run (any)
  --engine NAME     the store: ${engineNames.join(' or ')} (${engineNames[0]})
  --no-look-up      the app may not search the mailbox: duplicates are possible, and each must be in the log
  --sweep           instead: dies, or the disk fails, at each single system call of one message
  --replicas        instead: three of them on one PostgreSQL, of which one dies and one freezes for 70 seconds
`;

/** Throws, with a sentence, when it is not understood. */
export function readArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      kills: { type: 'string', default: '200' },
      seed: { type: 'string', default: String(randomInt(2 ** 32)) },
      engine: { type: 'string', default: engineNames[0] },
      'no-look-up': { type: 'boolean', default: false },
      sweep: { type: 'boolean', default: false },
      replicas: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const engine = engineNames.find((name) => name === values.engine);
  if (!engine) throw new Error(`--engine must be ${engineNames.join(' or ')}: "${values.engine}"`);
  return {
    kills: readCount('--kills', values.kills),
    seed: readCount('--seed', values.seed),
    engine,
    lookUp: !values['no-look-up'],
    sweep: values.sweep,
    replicas: values.replicas,
    help: values.help,
  };
}

function readCount(option: string, text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count)) return count;
  throw new Error(`${option} must be a whole number: "${text}"`);
}
