// Debian's Chromium, driven: one for all tests of a file.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Browser, type Page } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Where a browser lies; undefined: there is none on this machine. */
export const browserFile = [process.env['GRAPHPOST_TEST_CHROMIUM'] ?? '', ...places].find(
  (place) => place !== '' && existsSync(place),
);

export async function startBrowser(): Promise<Browser> {
  if (browserFile === undefined) throw new Error('No Chromium is installed');
  // Its own sandbox needs privileges that a container seldom gives; it meets our pages alone.
  const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
  return await chromium.launch({ executablePath: browserFile, args });
}

export type Theme = 'light' | 'dark';

export interface Look {
  readonly width: number;
  readonly theme: Theme;
}

/** Widths of a laptop and of a phone, in both themes. */
export const looks: readonly Look[] = [1280, 390].flatMap((width) => [
  { width, theme: 'light' as const },
  { width, theme: 'dark' as const },
]);

let axeSource: string | undefined;

export interface Finding {
  readonly rule: string;
  readonly impact: string;
  readonly where: string;
}

/** What axe finds that keeps people from using the page: its serious and critical findings. In the dark, of colours alone. */
export async function findBarriers(page: Page, { theme }: Look): Promise<readonly Finding[]> {
  axeSource ??= readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  // The page's policy lets no script in by an element: it is evaluated from outside.
  if (!(await page.evaluate<boolean>('"axe" in window'))) await page.evaluate(axeSource);
  const rules = theme === 'dark' ? `runOnly: ['color-contrast'],` : '';
  const found: readonly Finding[] =
    await page.evaluate(`axe.run({ ${rules} resultTypes: ['violations'], preload: false }).then(({ violations }) =>
    violations.flatMap(({ id, impact, nodes }) =>
      nodes.map(({ html }) => ({ rule: id, impact, where: html.slice(0, 200) }))))`);
  return found.filter(({ impact }) => impact === 'serious' || impact === 'critical');
}

/** How many pixels of the page one has to scroll sideways for. */
export async function overflowOf(page: Page): Promise<number> {
  return await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
}

/** What a keyboard must reach, in the order of the document, as short descriptions. */
export async function tabStopsOf(page: Page): Promise<readonly string[]> {
  return await page.evaluate<readonly string[]>(`(() => {
    ${describeElement}
    const wanted = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
    return [...document.querySelectorAll(wanted)].filter((element) => element.checkVisibility()).map(describe);
  })()`);
}

/** Presses Tab from what has the focus at first, else from the top of the page, to its end; tells what had it on the way. */
export async function tabThrough(page: Page): Promise<readonly string[]> {
  const first = await focusedOn(page);
  const reached = isNothing(first) ? [] : [first];
  for (let press = 0; press < mostPresses; press++) {
    await page.keyboard.press('Tab');
    const next = await focusedOn(page);
    if (isNothing(next)) break;
    // The parts of a date are one field.
    if (next !== reached.at(-1)) reached.push(next);
  }
  return reached;
}

async function focusedOn(page: Page): Promise<string> {
  return await page.evaluate<string>(
    `(() => { ${describeElement} return describe(document.activeElement); })()`,
  );
}

function isNothing(described: string): boolean {
  return described.startsWith('BODY');
}

const mostPresses = 200;

const describeElement = `const describe = (element) =>
  [element.tagName, element.id, element.textContent.trim().slice(0, 40)].join(' ');`;
