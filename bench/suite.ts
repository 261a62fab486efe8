// Runs the chosen workloads, the subjects of each in turns so that a noisy minute falls on all of them.
import { measureBacklog } from './backlog.ts';
import type { Bench } from './bench.ts';
import type { Row, Run } from './figures.ts';
import { measureMail } from './mail.ts';
import { measurePoster } from './poster.ts';
import { measureIdle, measureStart } from './quiet.ts';
import { gatewayName, posterName, subjectsOf } from './subjects.ts';
import type { MailWorkload, Workload } from './workloads.ts';

export interface SuiteOptions {
  readonly workloads: readonly Workload[];
  readonly onlyGateway: boolean;
}

export async function runSuite(options: SuiteOptions, bench: Bench): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const workload of options.workloads) {
    bench.report(`${workload.name}: ${workload.what}`);
    rows.push(...(await measure(workload, { ...options, bench })));
  }
  return rows;
}

type Measuring = Pick<SuiteOptions, 'onlyGateway'> & { readonly bench: Bench };

async function measure(workload: Workload, options: Measuring): Promise<readonly Row[]> {
  switch (workload.kind) {
    case 'mail':
      return await measureInTurns(workload, options);
    case 'backlog':
      return await measureBacklog(workload, options.bench);
    case 'idle':
      return await measureIdle(workload, options.bench);
    case 'start':
      return await measureStart(workload, options.bench);
  }
}

interface Contender {
  readonly name: string;
  readonly runs: Run[];
  readonly notMeasured: string | undefined;
  readonly measure: () => Promise<Run>;
}

async function measureInTurns(workload: MailWorkload, options: Measuring): Promise<readonly Row[]> {
  const { bench } = options;
  const contenders = await contendersOf(workload, options);
  for (let run = 1; run <= bench.runs; run += 1) {
    for (const { name, runs, measure: measureOne } of contenders.filter(isHere)) {
      bench.report(`  ${name}: run ${run} of ${bench.runs}`);
      runs.push(await measureOne());
    }
  }
  return contenders.map(({ name: subject, runs, notMeasured }) => ({
    workload: workload.name,
    subject,
    runs,
    ...(notMeasured !== undefined && { notMeasured }),
  }));
}

function isHere({ notMeasured }: Contender): boolean {
  return notMeasured === undefined;
}

async function contendersOf(
  workload: MailWorkload,
  { bench, onlyGateway }: Measuring,
): Promise<readonly Contender[]> {
  const poster: Contender = {
    name: posterName,
    runs: [],
    notMeasured: undefined,
    measure: () => measurePoster(workload, bench),
  };
  const subjects = await Promise.all(
    subjectsOf(workload).map(async (subject): Promise<Contender> => ({
      name: subject.name,
      runs: [],
      notMeasured: await subject.unavailable?.(),
      measure: () => measureMail(workload, subject, bench),
    })),
  );
  // Its own limit is that of W1, where neither TLS nor a queue comes before it.
  const hasPoster = !workload.startTls && workload.gateways === 'queued' && !workload.attached;
  return (hasPoster ? [poster, ...subjects] : subjects).filter(
    ({ name }) => !onlyGateway || name.startsWith(gatewayName),
  );
}
