// A small menu beside the button that opened it. One at a time.

import { h } from '../lib/dom.js';
import { icon } from '../lib/icons.js';

const GAP_PX = 6;

let closeOpenMenu = () => {};

/**
 * Opens a menu at a button.
 *
 * @param {HTMLElement} button
 * @param {object} menu
 * @param {string} menu.label what a screen reader calls it
 * @param {Array<{label: string, description?: string, lead?: Node, isChecked?: boolean, stays?: boolean, choose: () => void}>}
 *   menu.items one that `stays` leaves the menu open, to be chosen together with others
 * @param {Node} [menu.foot] shown below the items
 * @param {{x: number, y: number} | null} [point] where it opens instead of beside the button
 */
export function openMenu(button, { label, items, foot = null }, point = null) {
  closeOpenMenu();
  const element = h('div', { class: 'menu', role: 'menu', 'aria-label': label });
  const close = () => shut(element, button, onOutside);
  const onOutside = (event) => {
    if (event.type !== 'pointerdown' || !(element.contains(event.target) || button.contains(event.target)))
      close();
  };
  element.append(...items.map((item) => menuItem(item, close)));
  if (foot) element.append(foot);
  element.addEventListener('keydown', (event) => onKey(event, element, close));
  // Inside a dialog only the dialog's own children are above its backdrop.
  (button.closest('dialog') ?? document.body).append(element);
  // A list's menu is as wide as the list.
  if (!point && button.classList.contains('select'))
    element.style.setProperty('min-width', `${Math.min(button.offsetWidth, innerWidth - 2 * GAP_PX)}px`);
  place(element, point ?? cornerOf(button));
  button.setAttribute('aria-expanded', 'true');
  document.addEventListener('pointerdown', onOutside);
  window.addEventListener('resize', onOutside);
  closeOpenMenu = close;
  (element.querySelector('[aria-checked="true"]') ?? element.querySelector('button'))?.focus({
    preventScroll: true,
  });
  return close;
}

/** Closes the menu that is open, if one is. */
export function closeMenu() {
  closeOpenMenu();
}

/** Gives a button a menu that is made anew each time it opens; a second press closes it. */
export function withMenu(button, makeMenu) {
  button.setAttribute('aria-haspopup', 'menu');
  button.setAttribute('aria-expanded', 'false');
  button.addEventListener('click', () => {
    if (button.getAttribute('aria-disabled') === 'true') return;
    if (button.getAttribute('aria-expanded') === 'true') closeOpenMenu();
    else openMenu(button, makeMenu());
  });
  button.addEventListener('keydown', (event) => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    button.click();
  });
  return button;
}

const LONG_PRESS_MS = 500;
const MOVED_PX = 12;
const OWN_MENU = 'a, input, textarea, audio, .player';

/** Opens the menu of a button also by a right click or a long press anywhere on `area`. */
export function alsoByPress(area, button, makeMenu) {
  let pressed = null;
  const forget = () => clearTimeout(pressed?.timer);
  const open = (event, point) => {
    if (event.target.closest(OWN_MENU) || !getSelection().isCollapsed) return false;
    openMenu(button, makeMenu(), point);
    return true;
  };
  area.addEventListener('contextmenu', (event) => {
    forget();
    if (open(event, { x: event.clientX, y: event.clientY })) event.preventDefault();
  });
  // Some phones tell of no context menu: there the finger that stays where it is means one.
  area.addEventListener('pointerdown', (event) => {
    if (event.pointerType !== 'touch') return;
    const point = { x: event.clientX, y: event.clientY };
    pressed = { point, timer: setTimeout(() => open(event, point), LONG_PRESS_MS) };
  });
  area.addEventListener('pointermove', ({ clientX: x, clientY: y }) => {
    if (pressed && Math.hypot(x - pressed.point.x, y - pressed.point.y) > MOVED_PX) forget();
  });
  for (const name of ['pointerup', 'pointercancel']) area.addEventListener(name, forget);
}

/** Removes the menu; whoever was in it is back at the button, or at the one that stands in its place by now. */
function shut(element, button, onOutside) {
  const wasInside = element.contains(document.activeElement);
  element.remove();
  const place = button.isConnected ? button : document.getElementById(button.id);
  if (wasInside) place?.focus({ preventScroll: true });
  button.setAttribute('aria-expanded', 'false');
  document.removeEventListener('pointerdown', onOutside);
  window.removeEventListener('resize', onOutside);
  closeOpenMenu = () => {};
}

function menuItem({ label, description, lead = null, isChecked, stays = false, choose }, close) {
  const hasState = isChecked !== undefined;
  const stateRole = stays ? 'menuitemcheckbox' : 'menuitemradio';
  const element = h(
    'button',
    {
      type: 'button',
      class: 'menu-item',
      role: hasState ? stateRole : 'menuitem',
      tabindex: -1,
      'aria-checked': hasState ? String(isChecked) : null,
    },
    lead,
    h(
      'span',
      { class: 'menu-words' },
      h('span', { class: 'menu-label' }, label),
      description && h('span', { class: 'menu-description' }, description),
    ),
    hasState && h('span', { class: 'menu-check' }, icon('check')),
  );
  element.addEventListener('click', () => {
    // Closed first: what is chosen may draw the button anew, and the focus goes with it.
    if (!stays) close();
    else element.setAttribute('aria-checked', String(element.getAttribute('aria-checked') !== 'true'));
    choose();
  });
  return element;
}

function onKey(event, element, close) {
  const items = [...element.querySelectorAll('button')];
  const at = items.indexOf(document.activeElement);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) items[(at + step + items.length) % items.length].focus();
  else if (event.key === 'Home') items[0].focus();
  else if (event.key === 'End') items.at(-1).focus();
  else if (event.key === 'Escape' || event.key === 'Tab') close();
  else if (isLetter(event)) nextWith(event.key.toLowerCase(), items, at)?.focus();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function isLetter({ key, ctrlKey, altKey, metaKey }) {
  return key.length === 1 && key !== ' ' && !ctrlKey && !altKey && !metaKey;
}

/** The next item, round about, that begins with this letter. */
function nextWith(letter, items, at) {
  const round = [...items.slice(at + 1), ...items.slice(0, at + 1)];
  const wordsOf = (item) => item.querySelector('.menu-label')?.textContent.trim().toLowerCase();
  return round.find((item) => wordsOf(item)?.startsWith(letter));
}

function cornerOf(button) {
  const { left, top, bottom } = button.getBoundingClientRect();
  return { x: left, y: bottom + GAP_PX, above: top - GAP_PX };
}

/** Below the place if there is room, else above; never beyond the window. */
function place(element, { x, y, above = y }) {
  const { offsetWidth: width, offsetHeight: height } = element;
  const top = y + height <= innerHeight - GAP_PX ? y : Math.max(GAP_PX, above - height);
  const left = Math.min(Math.max(GAP_PX, x), innerWidth - GAP_PX - width);
  element.style.setProperty('top', `${top}px`);
  element.style.setProperty('left', `${left}px`);
}
