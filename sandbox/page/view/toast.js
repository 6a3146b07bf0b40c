// A message that disappears by itself.

const SHOWN_MS = 6_000;

/** Shows an error that belongs to no message. */
export function toast(words) {
  const element = document.getElementById('toast');
  element.textContent = words;
  element.hidden = false;
  clearTimeout(Number(element.dataset.timer));
  element.dataset.timer = String(setTimeout(() => (element.hidden = true), SHOWN_MS));
}
