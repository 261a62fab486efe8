// docs/setup.md shows what setup really says: its transcript is a rehearsal.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cliClock } from '../../src/cli/cli-clock.ts';
import { runRehearsal } from '../../src/cli/setup-rehearsal.ts';
import { createStreams } from '../support/setup-run.ts';

const docs = readFileSync(join(import.meta.dirname, '../../docs/setup.md'), 'utf8');

test('the transcript in docs/setup.md is what a rehearsal at a terminal shows', async () => {
  const streams = createStreams({ typed: ['1', 'relay@contoso.com', '1', '1', '1', 'y'] });
  const flags = { name: 'Graphpost', cloud: 'global', force: false, yes: false } as const;
  const ways = { device: false, browser: false, print: false, json: false };
  const place = {
    cwd: '/',
    env: {},
    platform: 'linux',
    hostname: 'mx',
    clock: cliClock,
    randomBytes,
  } as const;
  const login = () => Promise.resolve(0);
  expect(await runRehearsal({ ...flags, ...ways }, { ...streams, ...place, login })).toBe(0);
  const [, transcript] = /\$ graphpost setup --rehearse\n([\s\S]*?)```/.exec(docs) ?? [];
  expect(withFixedIds(streams.screen())).toBe(transcript);
});

/** Ids differ each time. */
function withFixedIds(text: string): string {
  const guids = [...new Set(text.match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g))];
  return (
    guids
      .reduce(
        (all, guid, at) => all.replaceAll(guid, guid.replaceAll(/[0-9a-f]/g, `${at + 1}`)),
        text,
      )
      .replace(/(the code )[0-9A-F]{8}/, '$1ABCD1234')
      // Quotes stand where YAML would take the id for a number.
      .replaceAll(/(tenant|clientId): '?([\d-]{36})'?/g, '$1: $2')
  );
}
