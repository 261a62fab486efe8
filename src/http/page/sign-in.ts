// A sign-in for a connection: where to go and which code to enter, and then whose account is connected.
import { html } from 'hono/html';
import type { SignedInAs, SignInReport, SignInStep } from '../../core/sign-in.ts';
import { readDiagnostic } from '../diagnostic.ts';
import { toSentence } from '../words.ts';
import { copyable, timeOf, withCommands } from './fragments.ts';
import type { Html } from './layout.ts';

export interface ShownSignIn {
  readonly report: SignInReport;
  readonly now: number;
}

/** Two parts bring themselves up to date, since one in which a button was pressed does not. */
export function signInMain(connection: string, { report, now }: ShownSignIn): Html {
  return html`<h1>Sign in for ${connection}</h1>
    <div id="sign-in-state" class="stack" data-live>${stateBlock(connection, report)}</div>
    <div id="sign-in-step" class="stack" data-live>
      ${report.step && stepCard(report.step, { report, now })}
      ${report.state === 'notSignedIn' && signInForm(connection, { words: 'Start again' })}
    </div>
    <p><a href="/connections#connection-${connection}">All connections</a></p>`;
}

/** Starts one. It shows what to do on a page of its own. */
export function signInForm(connection: string, { words }: { readonly words: string }): Html {
  return html`<form method="post" action="/connections/${encodeURIComponent(connection)}/login">
    <button type="submit">${words}<span class="visually-hidden"> for ${connection}</span></button>
  </form>`;
}

function stateBlock(connection: string, { state, account, signedInAs, error }: SignInReport): Html {
  if (state === 'underWay') {
    return summary(
      'attention',
      html`Nobody has signed in yet.`,
      html`Sign in as <bdi>${account}</bdi>: anybody else is refused.`,
    );
  }
  if (signedInAs) {
    const title = html`Signed in as <bdi>${nameOf(signedInAs)}</bdi>.`;
    return summary(
      'good',
      title,
      html`The connection ${connection} can send; what has waited for it goes now.`,
    );
  }
  const { problem, remedy, code, detail } = readDiagnostic(error ?? '');
  return html`${summary('bad', html`Nobody has signed in.`, html`<bdi>${toSentence(problem)}</bdi> ${code !== undefined && html`<code>${code}</code>`}`)}
    <div class="card stack">
      ${remedy !== undefined && html`<p><strong>To do:</strong> ${withCommands(toSentence(remedy))}</p>`}
      ${
        detail !== undefined &&
        html`<p>
          <small><bdi>${detail}</bdi></small>
        </p>`
      }
    </div>`;
}

function summary(tone: 'good' | 'attention' | 'bad', title: Html, more: Html): Html {
  return html`<div class="summary ${tone}" role="status">
    <p>${title}</p>
    <p class="remedy">${more}</p>
  </div>`;
}

function nameOf({ name, username }: SignedInAs): string {
  return name === '' ? username : `${name} <${username}>`;
}

function stepCard(step: SignInStep, { report: { endsAt }, now }: ShownSignIn): Html {
  return html`<section class="card stack" aria-labelledby="sign-in-title">
    <h2 id="sign-in-title">What to do</h2>
    ${step.kind === 'code' ? codeSteps(step) : browserSteps(step)}
    <p><small>It is given up ${timeOf(endsAt, now)}.</small></p>
  </section>`;
}

function codeSteps({ url, userCode }: Extract<SignInStep, { kind: 'code' }>): Html {
  return html`<p>1. Open ${linkTo(url)} in a browser, on any device.</p>
    <p>2. Enter this code there, and sign in.</p>
    ${copyable('sign-in-code', { text: userCode, what: 'the code to enter' })}`;
}

function browserSteps({ url }: Extract<SignInStep, { kind: 'browser' }>): Html {
  return html`<p>
    Open ${linkTo(url, 'the page of Microsoft')} in a browser on the machine that the gateway runs
    on, and sign in. It is sent back to that machine: a browser elsewhere comes to nothing.
  </p>`;
}

/** What Entra names is a page; anything else is only shown. */
function linkTo(url: string, words = url): Html {
  if (!url.startsWith('https://')) return html`<bdi>${url}</bdi>`;
  return html`<a href="${url}" target="_blank" rel="noopener noreferrer">${words}</a>`;
}
