// Carries out one planned kill: arms the place where it strikes, and kills there.
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import type { GatewayProcess } from '../support/gateway-process.ts';
import type { ClientStep } from './client.ts';
import type { StoreEngine } from './engine.ts';
import type { Kill, KillPoint } from './kills.ts';
import { switchEnvironment, type SwitchSetting } from './kill-switch-setting.ts';

export interface Killer {
  /** Starts the gateway and lets it die as planned. False: the place was not reached in time, and it was killed there and then. */
  strike(kill: Kill): Promise<boolean>;
  /** To be told of what the clients do. */
  onStep(step: ClientStep): void;
}

/** Longer than a gateway on a slow machine takes to come to its 30th request. */
const patienceMs = 60_000;

const atCommits: Partial<Record<KillPoint, Omit<SwitchSetting, 'occurrence'>>> = {
  beforeCommit: { moment: 'before', work: 'message' },
  afterCommit: { moment: 'after', work: 'message' },
  afterClaim: { moment: 'after', work: 'claim' },
  beforeRecord: { moment: 'before', work: 'record' },
  afterRecord: { moment: 'after', work: 'record' },
};

export interface KillerParts {
  readonly gateway: GatewayProcess;
  readonly sandbox: Sandbox;
  readonly engine: StoreEngine;
}

export function createKiller({ gateway, sandbox, engine }: KillerParts): Killer {
  let step: { readonly name: string; left: number } | undefined;

  function die(): void {
    process.kill(gateway.pid(), 'SIGKILL');
  }

  async function start({ point, afterMs, occurrence }: Kill): Promise<void> {
    const setting = atCommits[point];
    if (setting) {
      const env = switchEnvironment({ ...setting, occurrence }, engine.killSwitch);
      gateway.spawn({ env });
      return;
    }
    if (point !== 'starting') await gateway.start();
    else gateway.spawn();
    arm({ point, afterMs, occurrence });
  }

  function arm({ point, afterMs, occurrence }: Kill): void {
    if (point === 'starting' || point === 'anywhere') setTimeout(die, afterMs);
    else if (point === 'requestArrives' || point === 'before202') armRequest(point, occurrence);
    else step = { name: point, left: occurrence };
  }

  /** The service does nothing with the request that arrives last, or everything but to answer it. */
  function armRequest(point: 'requestArrives' | 'before202', occurrence: number): void {
    let left = occurrence;
    sandbox.faults.next(
      { carriedOut: point === 'before202', until: () => (die(), gateway.ended()) },
      { match: ({ path }) => path.endsWith('/sendMail') && --left === 0 },
    );
  }

  return {
    onStep(name) {
      if (step?.name !== name || --step.left > 0) return;
      step = undefined;
      die();
    },
    async strike(kill) {
      await start(kill);
      let isReached = true;
      const late = setTimeout(() => {
        isReached = false;
        die();
      }, patienceMs);
      await gateway.ended();
      clearTimeout(late);
      await engine.afterDeath();
      step = undefined;
      return isReached;
    },
  };
}
