// The explain box: a message is pasted, and the rules say what would become of it.
import { html } from 'hono/html';
import type { ExplainAnswer, ExplainQuestion } from '../../relay/ports.ts';
import type { Html } from './layout.ts';

export interface ExplainForm {
  readonly clients: readonly string[];
  readonly question?: ExplainQuestion;
  readonly answer?: ExplainAnswer;
}

const example = `From: app@example.com
To: someone@example.com
Subject: Hello

The body.`;

export function explainMain({ clients, question, answer }: ExplainForm): Html {
  return html`<h1>What would become of a message?</h1>
    <p>Nothing is sent. Paste a message, drop an .eml file on the field, or choose one.</p>
    ${answer && renderAnswer(answer)}
    <form class="card grid" method="post" action="/explain">
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
      <div class="grid" data-scripted hidden>
        <label for="explain-file">An .eml file (it fills the field below)</label>
        <input
          id="explain-file"
          type="file"
          accept=".eml,message/rfc822"
          data-fills="explain-message"
        />
        <p class="muted" id="explain-message-said" role="status"></p>
      </div>
      <label for="explain-message">Message</label>
      <textarea id="explain-message" name="message" rows="14" required spellcheck="false">
${question?.message ?? example}</textarea>
      <button type="submit">Explain</button>
    </form>`;
}

function renderAnswer(answer: ExplainAnswer): Html {
  if ('fault' in answer) return html`<p class="error" role="alert">${answer.fault}</p>`;
  return html`<section aria-label="Answer">
    <pre class="explanation" tabindex="0" role="group" aria-label="What would become of it">
${answer.text}</pre>
  </section>`;
}
