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
 * @param {Array<{label: string, description?: string, lead?: Node, isChecked?: boolean, choose: () => void | boolean}>} menu.items
 *   `choose` may return true to keep the menu open
 * @param {Node} [menu.foot] shown below the items
 */
export function openMenu(button, { label, items, foot = null }) {
  closeOpenMenu();
  const element = h('div', { class: 'menu', role: 'menu', 'aria-label': label });
  const close = () => shut(element, button, onOutside);
  const onOutside = (event) => {
    if (event.type !== 'pointerdown' || !(element.contains(event.target) || button.contains(event.target)))
      close();
  };
  element.append(...items.map((item) => menuItem(item, close)));
  if (foot) element.append(foot);
  element.addEventListener('keydown', (event) => onKey(event, element, close, button));
  // Inside a dialog only the dialog's own children are above its backdrop.
  (button.closest('dialog') ?? document.body).append(element);
  place(element, button);
  button.setAttribute('aria-expanded', 'true');
  document.addEventListener('pointerdown', onOutside);
  window.addEventListener('resize', onOutside);
  closeOpenMenu = close;
  (element.querySelector('[aria-checked="true"]') ?? element.querySelector('button'))?.focus({
    preventScroll: true,
  });
  return close;
}

/** Gives a button a menu that is made anew each time it opens; a second press closes it. */
export function withMenu(button, makeMenu) {
  button.setAttribute('aria-haspopup', 'menu');
  button.setAttribute('aria-expanded', 'false');
  button.addEventListener('click', () => {
    if (button.getAttribute('aria-expanded') === 'true') closeOpenMenu();
    else openMenu(button, makeMenu());
  });
  return button;
}

function shut(element, button, onOutside) {
  element.remove();
  button.setAttribute('aria-expanded', 'false');
  document.removeEventListener('pointerdown', onOutside);
  window.removeEventListener('resize', onOutside);
  closeOpenMenu = () => {};
}

function menuItem({ label, description, lead = null, isChecked, choose }, close) {
  const hasState = isChecked !== undefined;
  const element = h(
    'button',
    {
      type: 'button',
      class: 'menu-item',
      role: hasState ? 'menuitemradio' : 'menuitem',
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
    if (choose() === true)
      element.setAttribute('aria-checked', String(element.getAttribute('aria-checked') !== 'true'));
    else close();
  });
  return element;
}

function onKey(event, element, close, button) {
  const items = [...element.querySelectorAll('button')];
  const at = items.indexOf(document.activeElement);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) items[(at + step + items.length) % items.length].focus();
  else if (event.key === 'Home') items[0].focus();
  else if (event.key === 'End') items.at(-1).focus();
  else if (event.key === 'Escape' || event.key === 'Tab') {
    close();
    button.focus();
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

/** Below the button if there is room, else above; never beyond the window. */
function place(element, button) {
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = element;
  const below = at.bottom + GAP_PX;
  const top = below + height <= innerHeight - GAP_PX ? below : Math.max(GAP_PX, at.top - GAP_PX - height);
  const left = Math.min(Math.max(GAP_PX, at.left), innerWidth - GAP_PX - width);
  element.style.setProperty('top', `${top}px`);
  element.style.setProperty('left', `${left}px`);
}
