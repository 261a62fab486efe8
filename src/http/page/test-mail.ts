// The test e-mail: a form that asks for address and way, and each step that it took.
import { html } from 'hono/html';
import type { CheckFinding } from '../../core/finding.ts';
import type { TestMailReport } from '../../core/test-mail.ts';
import type { AdminSource } from '../admin-source.ts';
import { formatUtc } from '../words.ts';
import { outside } from './fragments.ts';
import type { Html } from './layout.ts';

export interface TestMailForm {
  readonly source: Pick<AdminSource, 'listeners' | 'connections' | 'isQueued' | 'checks'>;
  /** What was asked for. */
  readonly asked?: Readonly<Record<string, string>>;
  /** Why it cannot be sent so, as a sentence. */
  readonly fault?: string;
  readonly report?: TestMailReport;
  /** What the checks have found. */
  readonly findings?: readonly CheckFinding[];
}

export function testMailMain({ source, asked = {}, fault, report, findings }: TestMailForm): Html {
  return html`<h1>Send a test e-mail</h1>
    ${fault !== undefined && html`<p class="error" role="alert">${fault}.</p>`}
    ${report && testMailReport(report, { isQueued: source.isQueued !== false })}
    <form class="card grid" method="post" action="/test">
      <label for="test-to">To</label>
      <input
        id="test-to"
        name="to"
        type="email"
        required
        autocomplete="email"
        value="${asked['to'] ?? ''}"
        placeholder="you@example.com"
      />
      <label for="test-way">Way</label>
      <select id="test-way" name="way">
        ${waysOf(source).map((way) => option(way, asked['way']))}
      </select>
      <label for="test-from">From (else one that may send that way)</label>
      <input
        id="test-from"
        name="from"
        type="email"
        autocomplete="off"
        value="${asked['from'] ?? ''}"
      />
      <label for="test-format">Format</label>
      <select id="test-format" name="format">
        ${formats.map((format) => option(format, asked['format']))}
      </select>
      ${loginFields(asked['username'])}
      <button type="submit">Send it</button>
    </form>
    ${source.checks && checksPart(findings)}`;
}

/** Shown in the colours of the states of a delivery. */
const marks: Readonly<Record<CheckFinding['state'], readonly [string, string]>> = {
  ok: ['delivered', 'ok'],
  warning: ['deferred', 'warning'],
  failure: ['failed', 'failure'],
  skipped: ['', 'not asked'],
};

/** As `graphpost doctor` prints them: what is wrong comes first. */
function checksPart(findings: readonly CheckFinding[] | undefined): Html {
  const order = Object.keys(marks).toReversed();
  const sorted = findings?.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
  return html`<section class="card stack" aria-labelledby="checks-title">
    <h2 id="checks-title">Checks</h2>
    <p>
      Files, queue, listeners, network, credentials, permissions, and the SPF, DKIM and DMARC
      records of the sending domains: what <code>graphpost doctor</code> looks at. It takes some
      seconds.
    </p>
    <form method="post" action="/test/checks"><button type="submit">Check it all</button></form>
    ${
      sorted &&
      html`<ul class="changes" role="status">
        ${sorted.map(findingItem)}
      </ul>`
    }
  </section>`;
}

function findingItem({ state, check, of, text, fix, code, detail }: CheckFinding): Html {
  const [tone, word] = marks[state];
  return html`<li>
    <span class="badge ${tone}">${word}</span> ${check} <bdi>${of}</bdi>:
    <bdi>${text}</bdi>${code !== undefined && html` (${code})`}.
    ${fix !== undefined && html`<br />To do: <bdi>${fix}</bdi>.`}
    ${detail !== undefined && html`<br /><small><bdi>${detail}</bdi></small>`}
  </li>`;
}

function loginFields(username: string | undefined): Html {
  return html`<details id="test-login" ${username === undefined ? '' : 'open'}>
    <summary>With a login at the listener</summary>
    <div class="grid">
      <label for="test-username">User name</label>
      <input id="test-username" name="username" autocomplete="off" value="${username ?? ''}" />
      <label for="test-password">Password</label>
      <input id="test-password" name="password" type="password" autocomplete="off" />
    </div>
  </details>`;
}

interface Option {
  readonly value: string;
  readonly words: string;
}

const formats: readonly Option[] = [
  { value: 'plain', words: 'plain text' },
  { value: 'html', words: 'HTML' },
];

function waysOf({ listeners, connections }: TestMailForm['source']): readonly Option[] {
  const into = listeners.map(({ name }) => ({
    value: `listener ${name}`,
    words: `listener "${name}", as an app does`,
  }));
  const over = connections().map(({ name }) => ({
    value: `connection ${name}`,
    words: `connection "${name}", past the rules`,
  }));
  return [...into, ...over];
}

function option({ value, words }: Option, chosen: string | undefined): Html {
  return html`<option value="${value}" ${value === chosen ? 'selected' : ''}>${words}</option>`;
}

const titles: Readonly<Record<TestMailReport['state'], readonly [string, string]>> = {
  delivered: ['good', 'It was delivered: the next mail system has it.'],
  underWay: ['attention', 'It is on its way.'],
  undelivered: ['bad', 'It was not delivered.'],
};

/** Replaced while it is under way. */
function testMailReport(
  { state, id, steps, error, next }: TestMailReport,
  { isQueued }: { readonly isQueued: boolean },
): Html {
  const [tone, title] = titles[state];
  return html`<section id="test-report" class="stack" data-live aria-labelledby="test-title">
    <div class="summary ${tone}" role="status">
      <p id="test-title">${title}</p>
      ${error && html`<p class="remedy"><bdi>${error.explained}</bdi></p>`}
    </div>
    <div class="card stack">
      <ol class="changes">
        ${steps.map(
          ({ time, what }) =>
            html`<li><small>${formatUtc(time).slice(11)}</small> <bdi>${what}</bdi></li>`,
        )}
      </ol>
      ${error?.raw !== undefined && html`<pre class="line" tabindex="0" role="group" aria-label="What the other side said">${outside(error.raw, 'nothing')}</pre>`}
      ${next !== undefined && html`<p><bdi>${next}</bdi></p>`}
      ${id !== undefined && isQueued && html`<p><a href="/messages/${encodeURIComponent(id)}">The message, with all its attempts</a></p>`}
    </div>
  </section>`;
}
