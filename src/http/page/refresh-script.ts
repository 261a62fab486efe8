// The one script: brings the live parts of the overview up to date. The page works without it.

/** Served as a file. Replaces what changed only, so that scrolling, selections and open parts stay. */
export const refreshScript = `'use strict';
(() => {
  const every = 5000;
  const control = document.getElementById('refresh');
  const box = control.querySelector('input');
  const remembered = 'graphpost-refresh';

  const isBusy = () =>
    document.hidden || !box.checked || !document.getSelection().isCollapsed;

  const replace = (fresh) => {
    for (const part of document.querySelectorAll('[data-live]')) {
      const next = fresh.getElementById(part.id);
      if (next === null || next.innerHTML === part.innerHTML) continue;
      if (part.contains(document.activeElement)) continue;
      part.replaceChildren(...next.childNodes);
    }
  };

  const refresh = async () => {
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
  };

  box.checked = sessionStorage.getItem(remembered) !== 'off';
  box.addEventListener('change', () =>
    sessionStorage.setItem(remembered, box.checked ? 'on' : 'off'));
  control.hidden = false;
  const again = async () => {
    await refresh();
    setTimeout(again, every);
  };
  setTimeout(again, every);
})();
`;
