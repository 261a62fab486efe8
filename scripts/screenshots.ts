// Takes the pictures of the operator's page for the docs, in Chromium, over a gateway that is made up: `npm run screenshots`.
import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createAdminApp, type AdminOptions } from '../src/http/admin-app.ts';
import { bindPort } from '../src/http/serve.ts';
import { startBrowser, type Look } from '../test/support/browser.ts';
import { newcomerOptions, nightOptions } from '../test/support/shown/admin.ts';

interface Picture extends Look {
  /** Below docs/images/, without its ending. */
  readonly name: string;
  readonly options: () => AdminOptions;
  readonly path: string;
  readonly height: number;
}

const laptop = { width: 1280, theme: 'light' } as const;
const phone = { width: 390, theme: 'dark', height: 844 } as const;

const pictures: readonly Picture[] = [
  { name: 'overview', options: nightOptions, path: '/', ...laptop, height: 900 },
  { name: 'overview-phone', options: nightOptions, path: '/', ...phone },
  { name: 'first-run', options: newcomerOptions, path: '/', ...laptop, height: 900 },
  { name: 'messages', options: nightOptions, path: '/messages', ...laptop, height: 800 },
  { name: 'messages-phone', options: nightOptions, path: '/messages?state=deferred', ...phone },
  {
    name: 'message',
    options: nightOptions,
    path: '/messages/01jd9x7k00009999',
    ...laptop,
    height: 900,
  },
  { name: 'connections', options: nightOptions, path: '/connections', ...laptop, height: 860 },
  { name: 'connections-phone', options: nightOptions, path: '/connections', ...phone },
  { name: 'clients', options: nightOptions, path: '/clients', ...laptop, height: 480 },
];

const folder = join(import.meta.dirname, '../docs/images');

await mkdir(folder, { recursive: true });
await using stack = new AsyncDisposableStack();
const browser = await startBrowser();
stack.defer(() => browser.close());
for (const picture of pictures) await take(picture);

/** To a third, where pngquant is installed. */
function makeSmall(file: string): void {
  spawnSync('pngquant', ['--force', '--ext', '.png', '--quality', '70-95', '--strip', file]);
}

async function take({ name, options, path, width, height, theme }: Picture): Promise<void> {
  const server = await bindPort({ host: '127.0.0.1', port: 0 });
  server.serve(createAdminApp(options()));
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: theme });
  await page.goto(`http://127.0.0.1:${server.address.port}${path}`, { waitUntil: 'networkidle' });
  const file = join(folder, `${name}.png`);
  await page.screenshot({ path: file });
  makeSmall(file);
  await page.close();
  await server.close();
}
