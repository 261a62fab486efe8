// The command line of the benchmark.
import { parseArgs } from 'node:util';
import { workloads, type Workload } from './workloads.ts';

export interface Arguments {
  readonly workloads: readonly Workload[];
  readonly runs: number;
  readonly backlog: number;
  readonly quietMs: number;
  readonly jsonFile: string | undefined;
  readonly compareFile: string | undefined;
  readonly folder: string | undefined;
  readonly profileFolder: string | undefined;
  readonly onlyGateway: boolean;
  readonly help: boolean;
}

export const usage = `npm run bench -- [workload …] [option …]

Workloads, all of them unless some are named:
${workloads.map(({ name, what }) => `  ${name.padEnd(9)} ${what}`).join('\n')}

Options:
  --runs N          runs of each, of which the median counts (3)
  --backlog N       messages that wait in W6 (100000)
  --quiet SECONDS   how long each run waits until nothing else is at work on the machine (10)
  --json FILE       writes the result there
  --compare FILE    compares with a result that was written before
  --only-gateway    leaves the baselines out
  --profile FOLDER  writes V8's CPU profiles of the gateway there, run from its source, and shows what is hot
  --folder FOLDER   on the disk to measure (the system's folder for temporary files)
`;

/** Throws, with a sentence, when it is not understood. */
export function readArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      runs: { type: 'string', default: '3' },
      backlog: { type: 'string', default: '100000' },
      quiet: { type: 'string', default: '10' },
      json: { type: 'string' },
      compare: { type: 'string' },
      folder: { type: 'string' },
      profile: { type: 'string' },
      'only-gateway': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    workloads: positionals.length === 0 ? workloads : positionals.map(workloadNamed),
    runs: readCount('--runs', values.runs),
    backlog: readCount('--backlog', values.backlog),
    quietMs: readCount('--quiet', values.quiet) * 1000,
    jsonFile: values.json,
    compareFile: values.compare,
    folder: values.folder,
    profileFolder: values.profile,
    onlyGateway: values['only-gateway'],
    help: values.help,
  };
}

function workloadNamed(name: string): Workload {
  const found = workloads.find((workload) => workload.name === name.toUpperCase());
  if (found) return found;
  throw new Error(`There is no workload "${name}": --help lists them`);
}

function readCount(option: string, text: string): number {
  const count = Number(text.replaceAll(/[_,]/g, ''));
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new Error(`${option} must be a whole number from 1 on: "${text}"`);
}
