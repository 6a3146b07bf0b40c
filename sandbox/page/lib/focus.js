// Keeps the keyboard focus when elements are replaced.

const FOCUSABLE = 'a[href], button, input, select, textarea, [tabindex]';

/**
 * Runs `work`, which may replace elements, and then focuses the successor of the focused element: the one with the same
 * `data-key`, else the one at the same index among the focusable elements of the nearest ancestor with an ID. Without
 * a successor that ancestor gets the focus.
 *
 * @param {HTMLElement} root only elements inside it get the focus
 * @param {() => void} work
 */
export function preserveFocus(root, work) {
  const focused = document.activeElement;
  if (!focused || focused === root || !root.contains(focused)) return work();
  const mark = markOf(focused);
  work();
  if (focused.isConnected && document.activeElement === focused) return undefined;
  const next = successorOf(mark);
  if (next && root.contains(next)) next.focus({ preventScroll: true });
  return undefined;
}

function markOf(element) {
  const home = element.closest('[id]');
  return { homeId: home.id, key: element.dataset.key ?? null, at: focusablesOf(home).indexOf(element) };
}

function successorOf({ homeId, key, at }) {
  const home = document.getElementById(homeId);
  if (!home) return null;
  const all = focusablesOf(home);
  const found = key === null ? all[at] : all.find((element) => element.dataset.key === key);
  return found ?? home;
}

function focusablesOf(home) {
  return [home, ...home.querySelectorAll(FOCUSABLE)];
}
