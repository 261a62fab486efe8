// What all parts of one benchmark share: its processes, its folder, and who hears how far it is.
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Certificate } from '../test/support/https-server.ts';
import type { Child, Children } from './children.ts';
import { startGateway, type GatewaySetting, type RunningGateway } from './gateway.ts';
import type { Simulator, SimulatorEndpoints, SimulatorOptions } from './simulator/protocol.ts';

export interface Bench {
  readonly children: Children;
  /** On the disk that is to be measured; removed at the end. */
  readonly folder: string;
  /** The gateway's, compiled or not. */
  readonly mainFile: string;
  readonly profileFolder: string | undefined;
  /** Of every server that offers STARTTLS. */
  readonly certificate: Certificate;
  readonly runs: number;
  /** Messages that wait in W6. */
  readonly backlog: number;
  /** How long each run waits for a quiet machine. */
  readonly quietMs: number;
  readonly report: (line: string) => void;
}

export interface RunningSimulator extends Child<Simulator> {
  readonly endpoints: SimulatorEndpoints;
}

export async function startSimulator(
  bench: Bench,
  options: Partial<SimulatorOptions> = {},
): Promise<RunningSimulator> {
  const child = bench.children.fork<Simulator>(
    new URL('./simulator/simulator.ts', import.meta.url),
  );
  const defaults = { latencyMs: 0, pausedPrefix: '', requests: 10_000_000, uploads: false };
  const endpoints = await child.ask('start', { ...defaults, ...options });
  return {
    pid: child.pid,
    endpoints,
    ask: (name, ask) => child.ask(name, ask),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

/** With an empty queue. */
export async function startFreshGateway(plan: GatewayPlan): Promise<RunningGateway> {
  return await startGatewayIn(await freshFolder(plan.bench), plan);
}

export interface GatewayPlan {
  readonly bench: Bench;
  readonly simulator: RunningSimulator;
  readonly setting?: GatewaySetting;
}

/** With the queue that lies in the folder. */
export async function startGatewayIn(
  folder: string,
  { bench, simulator, setting = {} }: GatewayPlan,
): Promise<RunningGateway> {
  const { children, mainFile, profileFolder } = bench;
  const options = { mainFile, folder, simulator: simulator.endpoints, profileFolder, setting };
  return await startGateway(options, children);
}

export async function freshFolder({ folder }: Bench): Promise<string> {
  return await mkdtemp(join(folder, 'run-'));
}
