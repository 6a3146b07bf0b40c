// A popup menu beside the button that opened it; only one is open at a time.

import { h } from '../lib/dom.js';
import { icon } from '../lib/icons.js';

const GAP_PX = 6;

let closeOpenMenu = () => {};

/**
 * Opens a menu at a button.
 *
 * @param {HTMLElement} button
 * @param {object} menu
 * @param {string} menu.label its accessible name
 * @param {Array<{label: string, description?: string, lead?: Node, isChecked?: boolean, stays?: boolean, choose: () => void}>}
 *   menu.items with `stays` the menu stays open, so that several can be chosen
 * @param {Node} [menu.foot] shown below the items
 * @param {{x: number, y: number} | null} [point] position instead of beside the button
 */
export function openMenu(button, { label, items, foot = null }, point = null) {
  closeOpenMenu();
  const element = h('div', { class: 'menu', role: 'menu', 'aria-label': label });
  const close = () => removeMenu(element, button, onOutside);
  const onOutside = (event) => {
    if (event.type !== 'pointerdown' || !(element.contains(event.target) || button.contains(event.target)))
      close();
  };
  element.append(...items.map((item) => menuItem(item, close)));
  if (foot) element.append(foot);
  element.addEventListener('keydown', (event) => onKey(event, element, close));
  // In a modal dialog only its own children are above the backdrop.
  (button.closest('dialog') ?? document.body).append(element);
  // A select's menu is as wide as the select.
  if (!point && button.classList.contains('select'))
    element.style.setProperty('min-width', `${Math.min(button.offsetWidth, innerWidth - 2 * GAP_PX)}px`);
  position(element, point ?? cornerOf(button));
  button.setAttribute('aria-expanded', 'true');
  document.addEventListener('pointerdown', onOutside);
  window.addEventListener('resize', onOutside);
  closeOpenMenu = close;
  (element.querySelector('[aria-checked="true"]') ?? element.querySelector('button'))?.focus({
    preventScroll: true,
  });
  return close;
}

/** Closes the open menu, if any. */
export function closeMenu() {
  closeOpenMenu();
}

/** Gives a button a menu, which is created each time it opens; a second press closes it. */
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
const MAX_MOVE_PX = 12;
const OWN_MENU = 'a, input, textarea, audio, .player';

/** Also opens the menu of a button on a right click or a long press anywhere on `area`. */
export function openOnContextMenu(area, button, makeMenu) {
  let pressed = null;
  const cancel = () => clearTimeout(pressed?.timer);
  const open = (event, point) => {
    if (event.target.closest(OWN_MENU) || !getSelection().isCollapsed) return false;
    openMenu(button, makeMenu(), point);
    return true;
  };
  area.addEventListener('contextmenu', (event) => {
    cancel();
    if (open(event, { x: event.clientX, y: event.clientY })) event.preventDefault();
  });
  // Some phones send no contextmenu event: there a touch that does not move opens the menu.
  area.addEventListener('pointerdown', (event) => {
    if (event.pointerType !== 'touch') return;
    const point = { x: event.clientX, y: event.clientY };
    pressed = { point, timer: setTimeout(() => open(event, point), LONG_PRESS_MS) };
  });
  area.addEventListener('pointermove', ({ clientX: x, clientY: y }) => {
    if (pressed && Math.hypot(x - pressed.point.x, y - pressed.point.y) > MAX_MOVE_PX) cancel();
  });
  for (const name of ['pointerup', 'pointercancel']) area.addEventListener(name, cancel);
}

/** Removes the menu; the focus returns to the button, or to its replacement with the same ID. */
function removeMenu(element, button, onOutside) {
  const wasInside = element.contains(document.activeElement);
  element.remove();
  const target = button.isConnected ? button : document.getElementById(button.id);
  if (wasInside) target?.focus({ preventScroll: true });
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
    // Closed first: `choose` may replace the button, and the focus must be on it by then.
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

/** The next item that begins with this letter, wrapping around. */
function nextWith(letter, items, at) {
  const rotated = [...items.slice(at + 1), ...items.slice(0, at + 1)];
  const wordsOf = (item) => item.querySelector('.menu-label')?.textContent.trim().toLowerCase();
  return rotated.find((item) => wordsOf(item)?.startsWith(letter));
}

function cornerOf(button) {
  const { left, top, bottom } = button.getBoundingClientRect();
  return { x: left, y: bottom + GAP_PX, above: top - GAP_PX };
}

/** Positions the menu below the point if there is room, else above; always inside the window. */
function position(element, { x, y, above = y }) {
  const { offsetWidth: width, offsetHeight: height } = element;
  const top = y + height <= innerHeight - GAP_PX ? y : Math.max(GAP_PX, above - height);
  const left = Math.min(Math.max(GAP_PX, x), innerWidth - GAP_PX - width);
  element.style.setProperty('top', `${top}px`);
  element.style.setProperty('left', `${left}px`);
}
