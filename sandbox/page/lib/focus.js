// The keyboard's place: kept when what had it is drawn anew.

const FOCUSABLE = 'a[href], button, input, select, textarea, [tabindex]';

/**
 * Does work that may put new elements in place of old ones, and gives the focus to the one that stands where the
 * focused one stood: the same `data-key`, else the same place among its neighbours. Neighbours are all that lies within
 * the nearest element with an ID; where the focused one has no successor, that element takes the focus.
 *
 * @param {HTMLElement} root nothing outside of it is touched
 * @param {() => void} work
 */
export function keepingFocus(root, work) {
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
