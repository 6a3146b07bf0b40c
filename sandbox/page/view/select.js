// Selects, in messages and in modals.

import { h } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { kindsOfSelect } from '../lib/references.js';
import { avatar } from './avatar.js';
import { emojiView } from './emoji.js';
import { closeMenu, withMenu } from './menu.js';

/** The select of a message, which sends choices at once. @param {import('./components.js').ComponentContext} context */
export function selectView(select, context) {
  const isBusy = context.busy.has(select.custom_id);
  return listField(select, {
    options: optionsOf(select, context.session),
    chosen: context.chosen(select),
    isDisabled: Boolean(select.disabled),
    isBusy,
    onChoice: (values) => context.press(select, values),
  }).element;
}

/**
 * The field of a select with its menu.
 *
 * @param {object} select
 * @param {object} parts
 * @param {object[]} parts.options of `optionsOf`
 * @param {string[] | null} [parts.chosen] replaces the defaults
 * @param {boolean} [parts.isDisabled]
 * @param {boolean} [parts.isBusy]
 * @param {(values: string[]) => void} parts.onChoice
 * @returns {{element: HTMLElement, read: () => string[]}}
 */
export function listField(select, { options, chosen: before, isDisabled = false, isBusy = false, onChoice }) {
  let chosen = before ?? options.filter((option) => option.isDefault).map(({ value }) => value);
  const words = h('span', {});
  const button = h(
    'button',
    {
      type: 'button',
      class: `select ${isBusy ? 'is-busy' : ''}`,
      disabled: isDisabled,
      'aria-disabled': isBusy ? 'true' : null,
      dataset: { key: select.custom_id },
    },
    words,
    icon('chevron'),
  );
  const show = () => {
    const labels = options.filter(({ value }) => chosen.includes(value)).map(({ label }) => label);
    words.textContent = labels.join(', ') || select.placeholder || 'Make a selection';
    words.setAttribute('class', labels.length ? 'select-words' : 'select-words is-placeholder');
  };
  const choose = (values) => {
    chosen = values;
    show();
    onChoice(values);
  };
  show();
  const takesMany = (select.max_values ?? 1) > 1;
  const makeMenu = () => (takesMany ? manyMenu : oneMenu)(select, options, chosen, choose);
  return { element: withMenu(button, makeMenu), read: () => chosen };
}

/** What a list offers: its own options, or the people, roles and channels that are there. */
export function optionsOf(select, session) {
  const kinds = kindsOfSelect(select);
  if (kinds.length === 0)
    return (select.options ?? []).map((option) => ({
      ...option,
      lead: () => emojiView(option.emoji),
      isDefault: Boolean(option.default),
    }));
  const defaults = new Set((select.default_values ?? []).map(({ id }) => id));
  return session.referable(kinds, select.channel_types).map((reference) => ({
    ...reference,
    lead: () => leadOf(reference),
    isDefault: defaults.has(reference.value),
  }));
}

function leadOf({ kind, value, label, colour }) {
  if (kind === 'user')
    return avatar({ id: value, name: label, isBot: colour === undefined, colour }, 'avatar-small');
  return icon(kind === 'role' ? 'role' : 'hash');
}

function oneMenu(select, options, chosen, choose) {
  const items = options.map((option) => ({
    ...itemOf(option),
    isChecked: chosen.includes(option.value),
    choose: () => choose([option.value]),
  }));
  const clear = { label: 'No selection', isChecked: chosen.length === 0, choose: () => choose([]) };
  return { label: select.placeholder ?? 'Choices', items: leastOf(select) === 0 ? [clear, ...items] : items };
}

function manyMenu(select, options, chosen, choose) {
  const picked = new Set(chosen);
  const { max_values: most = 1 } = select;
  const least = leastOf(select);
  const done = h('button', { type: 'button', role: 'menuitem', class: 'button button-primary menu-done' });
  const show = () => {
    done.textContent = picked.size ? `Select ${picked.size}` : 'Select none';
    done.disabled = picked.size < least || picked.size > most;
  };
  const toggle = (value) => {
    if (!picked.delete(value)) picked.add(value);
    show();
  };
  done.addEventListener('click', () => {
    closeMenu();
    choose([...picked]);
  });
  show();
  const items = options.map((option) => ({
    ...itemOf(option),
    isChecked: picked.has(option.value),
    stays: true,
    choose: () => toggle(option.value),
  }));
  return { label: select.placeholder ?? 'Choices', items, foot: done };
}

/** How many must be chosen: none in an optional field of a form. Messages have no `required`. */
function leastOf({ min_values: least = 1, required = true }) {
  return required ? least : 0;
}

function itemOf({ label, description, lead }) {
  return { label, description, lead: lead() };
}
