// A process on a machine of Azure that asks for one token, and prints what it got and the sentence for the operator.
import { once } from 'node:events';
import { Agent } from 'undici';
import { outcomeOfTokenFailure } from '../../src/graph/outcome.ts';
import { createTokenSource } from '../../src/identity/token-source.ts';

const [graph = '', clientId = ''] = process.argv.slice(2);
const source = createTokenSource({
  authority: 'https://login.invalid',
  graph,
  tenant: '',
  clientId,
  credential: { kind: 'managedIdentity', ...(clientId !== '' && { clientId }) },
  connection: 'main',
  dispatcher: new Agent(),
  clock: {
    now: () => Date.now(),
    wait: async (_delayMs, { signal }) => void (signal.aborted || (await once(signal, 'abort'))),
  },
  events: { tokenRequested() {} },
});
const answer = await source.token();
const sentence =
  answer.kind === 'failure' ? JSON.stringify(outcomeOfTokenFailure(answer)) : answer.kind;
process.stdout.write(sentence, () => process.exit());
