// Plays the dialogues of this folder against a listener: "C:" is said, "S:" must be answered, word for word.
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { failed } from '../../src/core/outcome.ts';
import {
  createClient,
  createNetworks,
  createPatterns,
  createSecrets,
  startIntake,
  type IntakeOptions,
} from './intake.ts';
import { connectRaw, type RawClient } from './raw-client.ts';

/** What a dialogue names after "Listener:". */
const listeners: Readonly<Record<string, IntakeOptions>> = {
  'takes mail from this machine': {
    clients: [
      createClient('local', {
        networks: createNetworks('127.0.0.0/8'),
        recipients: createPatterns('*@contoso.com', '*@relay.example.com'),
        recipientsPerMessage: 3,
      }),
    ],
    limits: { messageBytes: 200 },
    checkReversePath: (_, reversePath) =>
      reversePath === 'ceo@contoso.com'
        ? failed('5.7.1', { reason: 'permission', diagnostic: 'No', reply: 'Not as the CEO' })
        : undefined,
  },
  'takes long mail from this machine': {},
  'takes mail from 10.0.0.0/8': {
    clients: [createClient('cluster', { networks: createNetworks('10.0.0.0/8') })],
  },
  'takes mail from wordpress with password secret': {
    clients: [createClient('wordpress', { username: 'wordpress' })],
    secrets: createSecrets({ wordpress: 'secret' }),
  },
};

interface Step {
  readonly speaker: 'C' | 'S';
  readonly text: string;
  /** Number of the line in the file. */
  readonly line: number;
}

interface Dialogue {
  readonly listener: string;
  readonly steps: readonly Step[];
}

/** Lines that start with neither are comments. */
function parseDialogue(text: string): Dialogue {
  const lines = text.split('\n');
  const steps = lines.flatMap((content, index): Step[] => {
    const [, speaker, said = ''] = /^([CS]):(?: (.*))?$/.exec(content) ?? [];
    if (speaker !== 'C' && speaker !== 'S') return [];
    return [{ speaker, text: said, line: index + 1 }];
  });
  const listener = lines.find((line) => line.startsWith('Listener: ')) ?? '';
  return { listener: listener.slice('Listener: '.length), steps };
}

/** Returns the first answer that is not as written; undefined when all are. */
async function play({ steps }: Dialogue, client: RawClient): Promise<string | undefined> {
  for (const { speaker, text, line } of steps) {
    if (speaker === 'C') await client.write(`${text}\r\n`);
    else {
      const said = (await client.readLine()) ?? '(closes)';
      if (said !== text) return `Line ${line}: "${said}" instead of "${text}"`;
    }
  }
  return undefined;
}

const files = (await readdir(import.meta.dirname)).filter((name) => name.endsWith('.smtp'));

describe('dialogue', () => {
  test.each(files)('%s', async (file) => {
    const dialogue = parseDialogue(await readFile(join(import.meta.dirname, file), 'utf8'));
    expect(Object.keys(listeners)).toContain(dialogue.listener);
    expect(dialogue.steps.at(-1)).toMatchObject({ speaker: 'S' });
    await using intake = await startIntake(listeners[dialogue.listener]);
    using client = await connectRaw(intake.listener.address);
    expect(await play(dialogue, client)).toBeUndefined();
  });
});
