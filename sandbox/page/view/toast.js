// A sentence that goes away by itself.

const SHOWN_MS = 6_000;

/** Tells the reader of trouble that belongs to no message. */
export function toast(words) {
  const element = document.getElementById('toast');
  element.textContent = words;
  element.hidden = false;
  clearTimeout(Number(element.dataset.timer));
  element.dataset.timer = String(setTimeout(() => (element.hidden = true), SHOWN_MS));
}
