// The page that asks for the admin token.
import { html } from 'hono/html';
import { layout, type Html } from './layout.ts';

export function loginPage({ wasWrong = false }: { readonly wasWrong?: boolean } = {}): Html {
  return layout({
    title: 'Sign in · Graphpost',
    body: html`<main class="narrow">
      <h1>Graphpost</h1>
      <form class="card stack" method="post" action="/login">
        ${wasWrong && html`<p class="error" role="alert">That is not the token.</p>`}
        <input name="username" value="admin" autocomplete="username" hidden />
        <label for="token">Admin token</label>
        <input
          id="token"
          name="token"
          type="password"
          autocomplete="current-password"
          required
          autofocus
          aria-describedby="where"
        />
        <button type="submit">Sign in</button>
        <p class="muted" id="where">
          It is what the configuration has as <code>http.adminToken</code>; without one, it was made
          at the first start: the file <code>admin-token</code> in the data folder.
        </p>
      </form>
    </main>`,
  });
}
