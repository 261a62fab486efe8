// The documentation: links lead somewhere, YAML is what the loader takes, commands and their options are there.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { parse, parseDocument } from 'yaml';
import { z } from 'zod';
import { createProgram } from '../src/cli/program.ts';
import { importWpMailSmtp } from '../src/setup/import-wp-mail-smtp.ts';
import { logEvents, logNotices } from '../src/telemetry/log-events.ts';
import { fullName, metricNames } from '../src/telemetry/metric-definitions.ts';
import { faultsOfFragment, isFragment } from './support/config-fragment.ts';
import { startTestGateway } from './support/gateway.ts';
import { findPages, readPage, root, type CodeBlock } from './support/markdown.ts';
import { missingProgram, run } from './peers/programs.ts';
import { recipeNames, recipeText } from './peers/recipes.ts';

const pages = new Map(findPages().map((file) => [file, readPage(file)]));
const blocksOf = (language: string) =>
  [...pages.values()].flatMap(({ blocks }) =>
    blocks.filter((block) => block.language === language),
  );

test('there are pages', () => {
  expect([...pages.keys()]).toContain('docs/recipes.md');
  expect(pages.size).toBeGreaterThan(20);
});

test('the README leads to every page of docs', () => {
  const linked = new Set(
    pages.get('README.md')?.links.map(({ target }) => target.replace(/#.*/, '')),
  );
  const ours = [...pages.keys()].filter((file) => /^docs\/[^/]+\.md$/.test(file));
  expect(ours.filter((file) => !linked.has(file))).toEqual([]);
});

describe('links of', () => {
  test.each([...pages.values()])('$file lead somewhere', ({ file, links }) => {
    const broken = links
      .filter(({ target }) => !/^(https?:|mailto:)/.test(target))
      .filter(({ target }) => {
        const [path = '', anchor] = target.split('#');
        const meant = path === '' ? file : normalize(join(dirname(file), path));
        if (!existsSync(join(root, meant))) return true;
        return anchor !== undefined && pages.get(meant)?.anchors.has(anchor) !== true;
      });
    expect(broken).toEqual([]);
  });
});

describe('YAML', () => {
  // Those with a name, and values of the chart, are of another program.
  const yaml = blocksOf('yaml');
  const isOurs = ({ name, text }: CodeBlock) =>
    name === '' && !/^# (my-)?values\.yaml\n/.test(text);

  test.each(yaml)('at $place can be read', ({ text }) => {
    expect(parseDocument(text).errors).toEqual([]);
  });

  test.each(yaml.filter(isOurs))('at $place is configuration that the loader takes', ({ text }) => {
    expect(isFragment(parse(text))).toBe(true);
    expect(faultsOfFragment(text)).toEqual([]);
  });
});

describe('JSON', () => {
  test.each(blocksOf('json'))('at $place can be read', ({ text }) => {
    expect(() => JSON.parse(text) as unknown).not.toThrow();
  });
});

/** `graphpost …` where a command begins: not the name of a package, a release or a file. */
const call = /(?:^|[|&;] *|npm run -s graphpost -- +|npx )graphpost +(?!-- )([^\n|;&#`]*)/gm;

function callsIn(text: string): readonly string[] {
  const joined = text.replaceAll('npm run -s graphpost -- ', 'graphpost ');
  return [...joined.matchAll(call)].map(([, words = '']) => words.trim());
}

const calls = [...pages.values()].flatMap(({ blocks, inlineCode }) => [
  ...blocks
    .filter(({ language }) => language === 'sh')
    .flatMap(({ place, text }) => callsIn(text).map((words) => ({ place, words }))),
  ...inlineCode.flatMap(({ place, text }) => callsIn(text).map((words) => ({ place, words }))),
]);

/** What a person would see at the first word that means nothing; undefined where all do. */
function faultOfCall(words: string): string | undefined {
  let command: Command = createProgram();
  for (const word of words.split(/\s+/).map((each) => each.replace(/=.*/, ''))) {
    const inner = command.commands.find((one) => one.name() === word);
    if (inner) command = inner;
    else if (command.commands.length > 0 && !word.startsWith('-')) return `no command "${word}"`;
    else if (/^--?[a-z]/.test(word) && !hasOption(command, word)) return `no option ${word}`;
  }
  return undefined;
}

function hasOption(command: Command, flag: string): boolean {
  const known = command.options.flatMap(({ short, long }) => [short, long]);
  return [...known, '-h', '--help', '-V', '--version'].includes(flag);
}

describe('graphpost', () => {
  test('is called on many pages', () => {
    expect(calls.length).toBeGreaterThan(40);
  });

  test.each(calls)('$words, at $place, is a command with its options', ({ words }) => {
    expect(faultOfCall(words)).toBeUndefined();
  });
});

test('metrics that pages name are ones of the code', () => {
  const known = new Set(metricNames.map(fullName));
  const named = [...pages.values()].flatMap(({ blocks, inlineCode }) =>
    [...blocks, ...inlineCode].flatMap(({ place, text }) =>
      [...text.matchAll(/\bgraphpost_[a-z_]+[a-z]/g)].map(([name]) => ({ place, name })),
    ),
  );
  expect(named.length).toBeGreaterThan(20);
  const isKnown = (name: string) =>
    known.has(name.replace(/_(bucket|sum|count)$/, '')) || known.has(name);
  expect(named.filter(({ name }) => !isKnown(name))).toEqual([]);
});

test('events of the log that pages name are ones of the code', () => {
  const known = new Set([...Object.keys(logEvents), ...Object.keys(logNotices)]);
  const kinds = new Set([...known].map((event) => event.replace(/\..*/, '')));
  const isOfConfiguration = (kind: string) => isFragment({ [kind]: {} });
  // Values of the chart have such names, too.
  const isOfChart = (file: string) => /^helm|kubernetes/.test(file);
  const others = [...pages.values()].filter(({ file }) => !isOfChart(file));
  const named = others.flatMap(({ inlineCode }) =>
    inlineCode.filter(({ text }) => {
      const [, kind = ''] = /^([a-z]+)\.(?!ya?ml$|ts$|json$)[a-z][A-Za-z]+$/.exec(text) ?? [];
      return kinds.has(kind) && !isOfConfiguration(kind);
    }),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter(({ text }) => !known.has(text))).toEqual([]);
});

describe('npm run', () => {
  const scripts = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))).scripts;
  const named = [...pages.values()].flatMap(({ blocks, inlineCode }) =>
    [...blocks, ...inlineCode].flatMap(({ place, text }) =>
      [...text.matchAll(/npm run (?:-s )?([a-z][\w:-]*)/g)].map(([, script = '']) => ({
        place,
        script,
      })),
    ),
  );

  test.each(named)('$script, at $place, is a script', ({ script }) => {
    expect(Object.keys(scripts)).toContain(script);
  });
});

describe('shell commands that can be tried', () => {
  const sh = blocksOf('sh').flatMap(({ place, text }) =>
    text.split('\n').map((line) => ({ place, line })),
  );
  const missingCurl = missingProgram('curl');

  test.skipIf(missingCurl !== undefined)(
    `send mail by curl (curl is ${missingCurl ?? 'installed'})`,
    async () => {
      const sending = sh.filter(({ line }) => line.includes('curl -sS smtp://'));
      await using gateway = await startTestGateway();
      const server = `smtp://127.0.0.1:${gateway.smtpPort}`;
      for (const { line } of sending) {
        await run('sh', ['-c', line.replace(/smtp:\/\/[\w.]+:\d+/, server)]);
      }
      expect(sending.length).toBeGreaterThan(1);
      expect(await gateway.sent(sending.length)).toHaveLength(sending.length);
    },
  );

  test.skipIf(missingCurl !== undefined)(
    `ask the API by curl (curl is ${missingCurl ?? 'installed'})`,
    async () => {
      const asking = sh.filter(({ line }) => line.includes('/api/v1/'));
      await using gateway = await startTestGateway();
      for (const { line } of asking) {
        const command = line.replaceAll('http://127.0.0.1:8025', gateway.adminUrl);
        const answer = await run('sh', ['-c', command.replace(/^curl/, 'curl -sSf')]);
        expect(() => JSON.parse(answer) as unknown).not.toThrow();
      }
      expect(asking.length).toBeGreaterThan(1);
    },
  );

  const missingOpenssl = missingProgram('openssl', ['version']);

  test.skipIf(missingOpenssl !== undefined)(
    `make a certificate that an app can have (openssl is ${missingOpenssl ?? 'installed'})`,
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'graphpost-docs-'));
      const block = blocksOf('sh').find(({ text }) => text.startsWith('openssl req'));
      await run('sh', ['-c', `cd "$0" && ${block?.text ?? 'false'}`, folder]);
      const certificate = new X509Certificate(readFileSync(join(folder, 'app.crt')));
      const key = createPrivateKey(readFileSync(join(folder, 'app.key')));
      expect(certificate.checkPrivateKey(key)).toBe(true);
      await rm(folder, { recursive: true });
    },
  );
});

describe('recipes', () => {
  test('are tried with their clients in test/peers, or here', () => {
    const sources = ['programs', 'libraries', 'whole/libraries', 'whole/apps', 'whole/servers'];
    const text = sources
      .map((name) => readFileSync(join(root, `test/peers/${name}.test.ts`), 'utf8'))
      .join('');
    const tried = recipeNames.filter((name) => text.includes(`'${name.replace(/-login$/, '')}'`));
    const here = recipeNames.filter((name) => !tried.includes(name));
    expect(here).toEqual(['wordpress-constants', 'grafana', 'gitlab', 'nextcloud', 'jenkins']);
  });

  test('for WP Mail SMTP mean what its import reads of them', () => {
    const php = `<?php\n${recipeText('wordpress-constants')}`;
    const { blocks, findings } = importWpMailSmtp([php], {
      resolvePath: (path) => path,
      hashPassword: () => '',
      randomText: () => '',
    });
    expect(blocks['connections']).toEqual({
      main: { type: 'smtp', url: 'smtp://gateway.example.com:2525' },
    });
    expect(findings).toEqual([]);
  });

  test('name one gateway, at a port of one of its listeners', () => {
    const without = recipeNames.filter((name) => name !== 'php-ini');
    for (const name of without) {
      expect.soft(recipeText(name), name).toContain('gateway.example.com');
      expect.soft(recipeText(name), name).toMatch(/\b(2525|587)\b/);
    }
    expect(recipeNames.length).toBeGreaterThan(15);
  });

  const languages = [
    { language: 'php', program: 'php', check: ['-l'], before: '' },
    { language: 'ruby', program: 'ruby', check: ['-c'], before: '' },
    {
      language: 'python',
      program: 'python3',
      check: ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'],
      before: '',
    },
    { language: 'sh', program: 'sh', check: ['-n'], before: '' },
  ] as const;

  for (const { language, program, check } of languages) {
    const missing = missingProgram(program);
    const title = missing === undefined ? language : `${language}: ${program} is ${missing}`;
    test.skipIf(missing !== undefined).each(blocksOf(language))(
      `${title} at $place is well-formed`,
      async ({ text, name }) => {
        await expect(run(program, check, { input: wholeOf(text, name) })).resolves.toBeTypeOf(
          'string',
        );
      },
    );
  }
});

/** Parts of files, as their files have them around. */
function wholeOf(text: string, name: string): string {
  if (name === 'nextcloud') return `<?php $CONFIG = [${text}];`;
  const isPhp = name.startsWith('wordpress') || name.startsWith('phpmailer');
  return isPhp && !text.startsWith('<?php') ? `<?php\n${text}` : text;
}
