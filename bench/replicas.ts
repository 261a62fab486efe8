// Gateways that share a queue in PostgreSQL: a server of the benchmark's own, which writes durably, as in production.
import { startPostgres } from '../test/support/postgres.ts';
import { startFreshGateway, type Bench, type RunningSimulator } from './bench.ts';
import { targetOf, type Target } from './target.ts';

export async function startReplicas(
  { bench, simulator }: { readonly bench: Bench; readonly simulator: RunningSimulator },
  replicas: number,
): Promise<Target> {
  await using stack = new AsyncDisposableStack();
  const postgres = stack.use(await startPostgres({ parentFolder: bench.folder, isDurable: true }));
  const database = stack.use(await postgres.createDatabase());
  const plan = { bench, simulator, setting: { store: database.url } };
  const gateways = [];
  // One after the other, as a rollout does: the first makes the tables.
  for (let replica = 0; replica < replicas; replica += 1)
    gateways.push(stack.use(await startFreshGateway(plan)));
  const running = stack.move();
  const { pids, ...target } = targetOf(gateways);
  return {
    ...target,
    // The processes of the server are not counted.
    pids: [...pids, undefined],
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
