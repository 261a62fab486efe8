// The ways out: as whom, how they do, what holds them up, and what mends it.
import { html } from 'hono/html';
import type { ConnectionView } from '../schema/connection.ts';
import type { TroubleView } from '../schema/values.ts';
import { formatCount, toSentence } from '../words.ts';
import { copyable, fact, timeOf, withCommands } from './fragments.ts';
import type { Html } from './layout.ts';
import { signInForm } from './sign-in.ts';

export interface CardOptions {
  readonly now: number;
  /** Somebody can sign in on the page. */
  readonly canSignIn: boolean;
}

export function connectionCards(
  connections: readonly ConnectionView[],
  options: CardOptions,
): Html {
  return html`${connections.map((connection) => card(connection, options))}`;
}

function card(connection: ConnectionView, { now, canSignIn }: CardOptions): Html {
  const { name, type, identity } = connection;
  const id = `connection-${name}`;
  return html`<section class="card stack" aria-labelledby="${id}">
    <h2 id="${id}">${stateBadge(connection)} ${name} <small>${type}</small></h2>
    <p><bdi>${identity.text}</bdi></p>
    ${signInNeed(connection, canSignIn)} ${troubles(connection, now)}
    <dl class="facts">
      ${tokenFact(connection, now)}
      ${connection.credentialExpiresAt !== undefined && fact(...endOf('Credential', connection.credentialExpiresAt, now))}
      ${fact('Last mail', connection.lastSuccessAt === undefined ? html`<span class="muted">none since the start</span>` : timeOf(Date.parse(connection.lastSuccessAt), now))}
      ${fact('Breaker', breakerText(connection, now))} ${loadFacts(connection)}
    </dl>
    ${pauses(connection, now)}
  </section>`;
}

export function stateBadge({ state, pausedLanesCount, holdsCount }: ConnectionView): Html {
  if (state === 'up' && holdsCount > 0) {
    return html`<span class="badge throttled">works in part</span>`;
  }
  if (state === 'up' && pausedLanesCount > 0) {
    return html`<span class="badge throttled">slowed down</span>`;
  }
  const words = { up: 'works', down: 'does not work', unknown: 'not used yet' } as const;
  return html`<span class="badge ${state}">${words[state]}</span>`;
}

function signInNeed({ signIn, name }: ConnectionView, canSignIn: boolean): Html | undefined {
  if (signIn === undefined) return undefined;
  const words = signIn.needed ? 'Somebody has to sign in:' : 'To sign in anew:';
  return html`<div class="stack">
    <p>${signIn.needed ? html`<strong>${words}</strong>` : words}</p>
    ${
      canSignIn &&
      html`${signInForm(name, { words: 'Sign in' })}
        <p>Or on the command line:</p>`
    }
    ${copyable(`sign-in-${name}`, { text: signIn.command, what: `the command that signs in for ${name}` })}
  </div>`;
}

function troubles({ holds, holdsCount, lastTrouble, troubleIsOver }: ConnectionView, now: number) {
  const more = holdsCount - holds.length;
  return html`${holds.map(
    ({ what, problem, remedy, code, since }) =>
      html`<div class="trouble">
        <p>
          <strong>${what} waits:</strong> <bdi>${problem}</bdi>.
          ${code && html`<code>${code}</code>`}
        </p>
        ${remedy && html`<p><strong>To do:</strong> ${withCommands(toSentence(remedy))}</p>`}
        <small>Since ${timeOf(Date.parse(since), now)}</small>
      </div>`,
  )}
  ${more > 0 && html`<p class="muted">And ${formatCount(more, 'hold')} more.</p>`}
  ${lastTrouble && holds.length === 0 && lastTroubleBlock(lastTrouble, { isOver: troubleIsOver, now })}`;
}

function lastTroubleBlock(
  { problem, remedy, code, httpStatus, requestId, at, detail }: TroubleView,
  { isOver, now }: { readonly isOver: boolean; readonly now: number },
): Html {
  const codes = [code, httpStatus === undefined ? undefined : `HTTP ${httpStatus}`];
  return html`<div class="trouble ${isOver ? 'over' : ''}">
    <p>
      <strong>${isOver ? 'Last trouble, which is over' : 'Trouble'}:</strong> <bdi>${problem}</bdi>.
      ${codes.map((each) => each !== undefined && html`<code>${each}</code> `)}
    </p>
    ${remedy !== undefined && !isOver && html`<p><strong>To do:</strong> ${withCommands(toSentence(remedy))}</p>`}
    ${
      detail !== undefined &&
      !isOver &&
      html`<p>
        <small><bdi>${detail}</bdi></small>
      </p>`
    }
    <small
      >${timeOf(Date.parse(at), now)}
      ${requestId !== undefined && html`Microsoft's request-id: <code>${requestId}</code>`}</small
    >
  </div>`;
}

function tokenFact({ token }: ConnectionView, now: number): Html | undefined {
  if (token === undefined) return undefined;
  return html`${fact('Token since', timeOf(Date.parse(token.obtainedAt), now))}
  ${token.expiresAt !== undefined && fact(...endOf('Token', token.expiresAt, now))}`;
}

/** What ends, or has ended. */
function endOf(what: string, at: string, now: number): [string, Html] {
  const isOver = Date.parse(at) <= now;
  return [`${what} ${isOver ? 'ended' : 'ends'}`, timeOf(Date.parse(at), now)];
}

function breakerText({ breaker }: ConnectionView, now: number): Html | string {
  if (breaker.state === 'closed') return 'closed';
  return html`<strong>${breaker.state === 'halfOpen' ? 'trying' : breaker.state}</strong>${
      breaker.nextProbeAt !== undefined &&
      html`, tried ${timeOf(Date.parse(breaker.nextProbeAt), now)}`
    }`;
}

function loadFacts(view: ConnectionView): Html {
  const { inFlight, limitPerLane, lanes, waiting, requestsInFlight, sharesLanesWith } = view;
  const limit = html`${inFlight}
    <small>of ${limitPerLane} in each of ${formatCount(lanes, 'lane')}</small>`;
  return html`${fact('In flight', lanes === 0 ? html`0 <small>of ${limitPerLane} in a lane</small>` : limit)}
  ${requestsInFlight > 0 && fact('Requests under way', String(requestsInFlight))}
  ${fact('Waiting', waiting.toLocaleString('en'))}
  ${sharesLanesWith.length > 0 && fact('Same app as', sharesLanesWith.join(', '))}`;
}

/** How long each mailbox still has to wait. */
function pauses({ pausedLanes, pausedLanesCount }: ConnectionView, now: number): Html | undefined {
  if (pausedLanes.length === 0) return undefined;
  const more = pausedLanesCount - pausedLanes.length;
  return html`<div>
    <h3>Slowed down</h3>
    <ul class="changes">
      ${pausedLanes.map(
        ({ mailbox, lane, pausedUntil, why }) =>
          html`<li>
            <bdi>${mailbox ?? lane}</bdi> goes on ${timeOf(Date.parse(pausedUntil), now)}
            ${why !== undefined && html`<bdi>(${why})</bdi>`}
          </li>`,
      )}
    </ul>
    ${more > 0 && html`<p class="muted">And ${formatCount(more, 'mailbox', 'mailboxes')} more.</p>`}
  </div>`;
}
