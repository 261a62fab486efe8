// The commands, as a shell runs them.
import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mainFile } from '../support/gateway-process.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graphpost-cli-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function graphpost(args: readonly string[], { input = '' } = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { PATH: process.env['PATH'] };
    const child = execFile(
      process.execPath,
      [mainFile, ...args],
      { cwd: folder, env },
      (error, stdout, stderr) => {
        resolve({
          code: typeof error?.code === 'number' ? error.code : error ? -1 : 0,
          stdout,
          stderr,
        });
      },
    );
    child.stdin?.end(input);
  });
}

const sixFaults = `listeners:
  - address: 127.0.0.1:99999
clients:
  - { name: apps, networks: [127.0.0.1], senders: ["*"], sender: x }
connections:
  main: { type: graff }
  play: { type: sandbox, sendAs: "\${NOT_SET}" }
routes:
  - name: bad
    when: { subject: { matches: "(" } }
    send: { via: play }
default:
  send: { via: nowhere }
`;

/** Where the faults stand, in order of the file. */
function places(text: string): string[] {
  return [...text.matchAll(/graphpost\.yaml:(\d+):\d+: /g)].map((match) => match[1] ?? '');
}

describe('a configuration with six faults', () => {
  test.each([['check'], ['serve']])(
    'makes "%s" print six places and exit with 2',
    async (command) => {
      const file = join(folder, 'graphpost.yaml');
      await writeFile(file, sixFaults);
      const { code, stderr } = await graphpost([command, '--config', file]);
      expect(places(stderr)).toEqual(['2', '4', '6', '7', '10', '13']);
      expect(stderr).toContain('^');
      expect(stderr).toContain('did you mean');
      expect(code).toBe(2);
    },
  );

  test('makes "check --json" print them as data', async () => {
    const file = join(folder, 'graphpost.yaml');
    await writeFile(file, sixFaults);
    const { code, stdout } = await graphpost(['check', '--json', '--config', file]);
    expect(JSON.parse(stdout).faults).toHaveLength(6);
    expect(code).toBe(2);
  });
});

describe('graphpost', () => {
  test('without a configuration says where it looked, and exits with 2', async () => {
    const { code, stderr } = await graphpost(['serve']);
    expect(stderr).toContain(join(folder, 'config/graphpost.yaml'));
    expect(stderr).toContain('/etc/graphpost/graphpost.yaml');
    expect(code).toBe(2);
  });

  test('exits with 2 for a command or an option that it does not have', async () => {
    expect((await graphpost(['serf'])).code).toBe(2);
    expect((await graphpost(['serve', '--confg', 'x'])).code).toBe(2);
  });

  test('prints a hash that the configuration takes', async () => {
    const { code, stdout } = await graphpost(['hash-password'], { input: 'correct horse\n' });
    expect(stdout).toMatch(/^\$scrypt\$ln=14,r=8,p=1\$[\w+/]{22}\$[\w+/]{43}\n$/);
    expect(code).toBe(0);
  });

  test('says that the shipped files are valid', async () => {
    const config = join(import.meta.dirname, '../../config');
    await cp(config, join(folder, 'config'), { recursive: true });
    expect(await graphpost(['check'])).toMatchObject({ code: 0 });
  });

  test('says in "healthcheck" that no gateway answers, and exits with 4', async () => {
    const { code, stderr } = await graphpost(['healthcheck', '--url', 'http://127.0.0.1:9']);
    expect(stderr).toContain('http://127.0.0.1:9');
    expect(code).toBe(4);
  });
});

describe('the shipped examples', () => {
  test.each(['example', 'wordpress'])('config/%s.yaml does what its cases say', async (name) => {
    const [config, cases] = [shipped(`${name}.yaml`), shipped(`tests/${name}.yaml`)];
    const ended = await graphpost(['rules', 'test', cases, '--config', config]);
    expect(ended.stdout + ended.stderr).toContain('all as expected');
    expect(ended.code).toBe(0);
  });
});

function shipped(name: string): string {
  return join(import.meta.dirname, '../../config', name);
}
