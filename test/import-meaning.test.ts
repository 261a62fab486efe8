// What an imported configuration does with mail: asked of `graphpost explain`.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runExplain } from '../src/cli/explain.ts';
import { runImport, type Product } from '../src/cli/import.ts';
import { createCliIo } from './support/cli-io.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'graphpost-meaning-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

interface Case {
  readonly product: Product;
  /** A folder of test/import, and the files in it. */
  readonly name: string;
  readonly files: readonly string[];
  readonly client: string;
  readonly from: string;
  readonly subject?: string;
  readonly expected: object;
}

const office365: Omit<Case, 'from' | 'expected'> = {
  ...{ product: 'postfix', name: 'postfix-office365', files: ['main.cf'], client: 'mynetworks' },
};
const smarthost: Omit<Case, 'from' | 'expected'> = { ...office365, name: 'postfix-smarthost' };
const smtp2graph: Omit<Case, 'from' | 'expected'> = {
  ...{ product: 'smtp2graph', name: 'smtp2graph-whole', files: ['config.yml'], client: 'erp' },
};
const wordpress: Omit<Case, 'from' | 'expected'> = {
  ...{ product: 'wp-mail-smtp', name: 'wp-mixed', files: ['wp-config.php', 'options.json'] },
  client: 'wordpress',
};

/** What leaves over which connection, as whom. */
const leaves = (connection: string, from: string, sendAs?: string) => ({
  outcome: 'sent',
  routes: [
    {
      // A smart host gets a message for each recipient, such as that of always_bcc.
      sends: expect.arrayContaining([
        expect.objectContaining({ connection, from, ...(sendAs && { sendAs }) }),
      ]),
    },
  ],
});

const cases: readonly Case[] = [
  {
    ...office365,
    from: 'x@billing.contoso.com',
    expected: leaves('main', 'billing@contoso.com', 'relay@contoso.com'),
  },
  { ...office365, from: 'root@web1', expected: leaves('main', 'relay@contoso.com') },
  {
    ...smarthost,
    from: 'root@relay.contoso.com',
    expected: leaves('smarthost', 'server@contoso.com'),
  },
  { ...smarthost, from: 'x@PRINTERS.local', expected: leaves('smarthost', 'scans@contoso.com') },
  { ...smarthost, from: 'app@contoso.com', expected: leaves('smarthost', 'app@contoso.com') },
  {
    ...smtp2graph,
    from: 'invoices@contoso.com',
    expected: leaves('main', 'invoices@contoso.com', 'relay@contoso.com'),
  },
  {
    ...smtp2graph,
    from: 'ceo@contoso.com',
    expected: { outcome: 'refused', reply: expect.stringContaining('550 5.7.1') },
  },
  { ...wordpress, from: 'wordpress@www.contoso.com', expected: leaves('main', 'site@contoso.com') },
  { ...wordpress, from: 'forms@contoso.com', expected: leaves('main', 'forms@contoso.com') },
];

test.each(cases)('$name: mail of $client from $from', async ({ product, name, files, ...mail }) => {
  cpSync(join(import.meta.dirname, 'import', name), folder, { recursive: true });
  const message = `From: ${mail.from}\r\nTo: ann@example.com\r\nSubject: x\r\n\r\nx\r\n`;
  writeFileSync(join(folder, 'mail.eml'), message);
  const importing = createCliIo({ cwd: folder });
  const options = { output: 'graphpost.yaml', force: false, json: true };
  expect(runImport({ product, files }, options, importing.io)).toBe(0);
  const explaining = createCliIo({ cwd: folder });
  const config = join(folder, 'graphpost.yaml');
  await runExplain({ mail: 'mail.eml', client: mail.client, config, json: true }, explaining.io);
  expect(JSON.parse(explaining.written().stdout)).toMatchObject(mail.expected);
});
