// What pages do beyond their forms and links, all of which work without it: they bring themselves up to date, copy, and read dropped files.
'use strict';
(() => {
  const everyMs = 5_000;
  const remembered = 'graphpost-live';
  const mostFileBytes = 3_000_000;

  logInByLink();
  startRefreshing();
  document.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest('[data-copy]') : null;
    if (button instanceof HTMLButtonElement) void copy(button);
  });
  showScripted(document);
  for (const input of document.querySelectorAll('input[data-fills]')) {
    if (input instanceof HTMLInputElement) takeFiles(input);
  }

  /** The link that `serve` prints has the token behind its #, which goes from the address before anything else. */
  function logInByLink() {
    const [, token] = /^#token=(.+)$/.exec(location.hash) ?? [];
    const field = document.getElementById('token');
    if (token === undefined || !(field instanceof HTMLInputElement)) return;
    history.replaceState(null, '', location.pathname);
    try {
      field.value = decodeURIComponent(token);
    } catch {
      return;
    }
    field.form?.requestSubmit();
  }

  /**
   * What is of no use without a script is hidden as it comes.
   * @param {Document} page
   */
  function showScripted(page) {
    for (const hidden of page.querySelectorAll('[data-scripted]')) hidden.removeAttribute('hidden');
  }

  function startRefreshing() {
    const control = document.getElementById('refresh');
    const box = control?.querySelector('input');
    if (!control || !box) return;
    box.checked = sessionStorage.getItem(remembered) !== 'off';
    box.addEventListener('change', () =>
      sessionStorage.setItem(remembered, box.checked ? 'on' : 'off'),
    );
    control.hidden = false;
    const again = async () => {
      await refresh(() => document.hidden || !box.checked || isSelecting());
      setTimeout(again, everyMs);
    };
    setTimeout(again, everyMs);
  }

  function isSelecting() {
    return document.getSelection()?.isCollapsed === false;
  }

  /** @param {() => boolean} isBusy */
  async function refresh(isBusy) {
    if (isBusy()) return;
    try {
      const answer = await fetch(location.href, { cache: 'no-store' });
      if (answer.status === 401) return location.reload();
      const page = await answer.text();
      if (!isBusy()) replace(new DOMParser().parseFromString(page, 'text/html'));
      document.body.classList.remove('stale');
    } catch {
      document.body.classList.add('stale');
    }
  }

  /**
   * Replaces only what changed, so that scrolling, focus and open parts stay.
   * @param {Document} fresh
   */
  function replace(fresh) {
    showScripted(fresh);
    for (const part of document.querySelectorAll('[data-live]')) {
      const next = fresh.getElementById(part.id);
      if (next === null || part.contains(document.activeElement)) continue;
      keepOpen(part, next);
      part.className = next.className;
      if (next.innerHTML !== part.innerHTML) part.replaceChildren(...next.childNodes);
    }
  }

  /**
   * @param {Element} part
   * @param {Element} next
   */
  function keepOpen(part, next) {
    for (const open of part.querySelectorAll('details[id]')) {
      const same = next.querySelector(`#${CSS.escape(open.id)}`);
      if (same) same.toggleAttribute('open', open.hasAttribute('open'));
    }
  }

  /** @param {HTMLButtonElement} button */
  async function copy(button) {
    const source = document.getElementById(button.dataset['copy'] ?? '');
    // Pressed twice, it still says what it said last.
    if (!source || button.childElementCount === 0) return;
    const label = [...button.childNodes];
    const isDone = await toClipboard(source);
    button.textContent = isDone ? 'Copied' : 'Press Ctrl+C';
    setTimeout(() => button.replaceChildren(...label), 2_000);
  }

  /**
   * Browsers give the clipboard to this machine's pages and to HTTPS alone: elsewhere the text is selected.
   * @param {Element} source
   */
  async function toClipboard(source) {
    try {
      await navigator.clipboard.writeText(source.textContent?.trim() ?? '');
      return true;
    } catch {
      document.getSelection()?.selectAllChildren(source);
      return false;
    }
  }

  /**
   * A chosen or dropped file fills the text field that the input names.
   * @param {HTMLInputElement} input
   */
  function takeFiles(input) {
    const field = document.getElementById(input.dataset['fills'] ?? '');
    if (!(field instanceof HTMLTextAreaElement)) return;
    input.addEventListener('change', () => void fill(field, input.files?.[0]));
    field.addEventListener('dragover', (event) => {
      event.preventDefault();
      field.classList.add('dropping');
    });
    field.addEventListener('dragleave', () => field.classList.remove('dropping'));
    field.addEventListener('drop', (event) => {
      field.classList.remove('dropping');
      const file = event.dataTransfer?.files[0];
      if (!file) return;
      event.preventDefault();
      void fill(field, file);
    });
  }

  /**
   * @param {HTMLTextAreaElement} field
   * @param {File | undefined} file
   */
  async function fill(field, file) {
    if (!file) return;
    const said = document.getElementById(`${field.id}-said`);
    const isTooLarge = file.size > mostFileBytes;
    if (said) {
      said.textContent = isTooLarge
        ? `${file.name} has more than 3 MB: "graphpost explain" on the command line reads it`
        : `${file.name} is in the field below`;
    }
    if (!isTooLarge) field.value = toText(new Uint8Array(await file.arrayBuffer()));
  }

  /** @param {Uint8Array} bytes */
  function toText(bytes) {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      return new TextDecoder('windows-1252').decode(bytes);
    }
  }
})();
