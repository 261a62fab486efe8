// The explain box: a message is pasted, and the rules say what would become of it.
import { html } from 'hono/html';
import type { ExplainAnswer, ExplainQuestion } from '../../relay/ports.ts';
import { layout, type Html } from './layout.ts';

export interface ExplainPage {
  readonly clients: readonly string[];
  readonly question?: ExplainQuestion;
  readonly answer?: ExplainAnswer;
}

const example = `From: app@example.com
To: someone@example.com
Subject: Hello

The body.`;

export function explainPage({ clients, question, answer }: ExplainPage): Html {
  return layout({
    title: 'Explain a message',
    body: html`<header>
        <p><a href="/">← Overview</a></p>
        <h1>What would become of a message?</h1>
      </header>
      <main>
        <p>Nothing is sent. Paste a message, or the content of an .eml file.</p>
        ${answer && renderAnswer(answer)}
        <form class="explain" method="post" action="/explain">
          <label for="explain-client">Client: a name, or an IP address</label>
          <input
            id="explain-client"
            name="client"
            list="explain-clients"
            required
            value="${question?.client ?? clients[0] ?? '127.0.0.1'}"
          />
          <datalist id="explain-clients">
            ${clients.map((name) => html`<option value="${name}"></option>`)}
          </datalist>
          <label for="explain-from">MAIL FROM (else the address in From)</label>
          <input id="explain-from" name="mailFrom" value="${question?.mailFrom ?? ''}" />
          <label for="explain-rcpt">RCPT TO (else To, Cc and Bcc)</label>
          <input id="explain-rcpt" name="rcpt" value="${(question?.rcpt ?? []).join(' ')}" />
          <label for="explain-message">Message</label>
          <textarea id="explain-message" name="message" rows="14" required spellcheck="false">
${question?.message ?? example}</textarea>
          <button type="submit">Explain</button>
        </form>
      </main>`,
  });
}

function renderAnswer(answer: ExplainAnswer): Html {
  if ('fault' in answer) return html`<p class="notice bad" role="alert">${answer.fault}</p>`;
  return html`<section aria-label="Answer"><pre class="explanation">${answer.text}</pre></section>`;
}
