// The modals that the bot opens.

import { append, fill, h } from '../lib/dom.js';
import { MAX_CHARS, characterCount, errorOf } from '../lib/form.js';
import { icon } from '../lib/icons.js';
import { parse, render } from '../lib/markdown.js';
import { listField, optionsOf } from './select.js';

const PARAGRAPH = 2;

/**
 * Shows a modal of the bot.
 *
 * @param {object} modal the `modal` event
 * @param {object} parts
 * @param {object} parts.names of `markdown_view.js`
 * @param {object} parts.session for the users, roles and channels to choose from
 * @param {(fields: object) => Promise<void>} parts.submit rejects with a message for people
 */
export function openModal(modal, { names, session, submit }) {
  const fields = [];
  const body = (modal.components ?? [])
    .map((component) => blockView(component, { fields, names, session }))
    .filter(Boolean);
  const fault = h('p', { class: 'fault', role: 'alert', hidden: true });
  const send = h('button', { type: 'submit', class: 'button button-primary' }, 'Submit');
  const cancel = h(
    'button',
    { type: 'button', class: 'button button-secondary', on: { click: () => dialog.close() } },
    'Cancel',
  );
  const form = h(
    'form',
    { class: 'dialog-form', novalidate: true },
    h('div', { class: 'dialog-body' }, body, fault),
    h('footer', { class: 'dialog-foot' }, cancel, send),
  );
  const dialog = h(
    'dialog',
    { class: 'dialog', 'aria-labelledby': 'modal-title' },
    h('h2', { id: 'modal-title', class: 'dialog-title' }, modal.title ?? 'Form'),
    form,
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const wrong = fields.filter((field) => !field.check());
    if (wrong.length) return wrong[0].focus();
    send.disabled = true;
    send.classList.add('is-busy');
    fault.hidden = true;
    try {
      await submit(Object.fromEntries(fields.map(({ id, read }) => [id, read()])));
      dialog.close();
    } catch (error) {
      fault.hidden = false;
      fill(fault, icon('alert'), error.message);
      send.disabled = false;
      send.classList.remove('is-busy');
    }
  });
  dialog.addEventListener('close', () => {
    dialog.remove();
    // Chromium gives the focus back, but not always the text cursor: what is typed then would be lost.
    const opener = document.activeElement;
    opener.blur();
    opener.focus({ preventScroll: true });
  });
  document.body.append(dialog);
  dialog.showModal();
}

/** One component of a modal; its inputs are added to `fields`. */
function blockView(component, parts) {
  if (component.type === 10)
    return h('div', { class: 'text-display' }, render(parse(component.content ?? ''), parts.names));
  if (component.type === 1)
    return (component.components ?? []).map((inner) =>
      labelled({ label: inner.label, component: inner }, parts),
    );
  if (component.type === 18) return labelled(component, parts);
  return null;
}

/** A field with its label, its hint and, after a failed submit, its error. */
function labelled({ label, description, component }, { fields, session }) {
  const control = CONTROLS[component?.type]?.(component, session);
  if (!control) return null;
  const isRequired = component.required !== false && !control.isOptional;
  const fault = h('span', { class: 'field-fault', role: 'alert', hidden: true });
  // The hint of a label is part of its name; a group is described by it.
  const hintId = description && control.isGroup ? `hint-${component.custom_id}` : null;
  const box = h(control.isGroup ? 'fieldset' : 'label', { class: 'field', 'aria-describedby': hintId });
  const validate = () => {
    const words = errorOf(component, control.read(), isRequired);
    fault.hidden = words === null;
    fault.textContent = words ?? '';
    box.classList.toggle('is-wrong', words !== null);
    return words === null;
  };
  const focus = () => box.querySelector('input, textarea, select, button')?.focus();
  fields.push({ id: component.custom_id, read: control.read, check: validate, focus });
  for (const name of ['input', 'change']) box.addEventListener(name, () => fault.hidden || validate());
  append(box, [
    h(
      control.isGroup ? 'legend' : 'span',
      { class: 'field-label' },
      label ?? '',
      isRequired && h('span', { class: 'field-required', title: 'required' }, ' *'),
    ),
    description && h('span', { class: 'field-hint', id: hintId }, description),
    control.element,
    fault,
  ]);
  return box;
}

const CONTROLS = {
  3: (select, session) => ((select.max_values ?? 1) > 1 ? checkboxes(select) : listOf(select, session)),
  4: textInput,
  5: listOf,
  6: listOf,
  7: listOf,
  8: listOf,
  21: radios,
  22: checkboxes,
  23: (box) => {
    const input = h('input', { type: 'checkbox', class: 'check', checked: Boolean(box.default) });
    return { element: input, read: () => input.checked, isOptional: true };
  },
};

function textInput(input) {
  const limits = {
    maxlength: input.max_length ?? MAX_CHARS,
    placeholder: input.placeholder ?? null,
    'aria-required': input.required === false ? null : 'true',
  };
  const field =
    input.style === PARAGRAPH
      ? h('textarea', { ...limits, class: 'text-field', rows: 4 })
      : h('input', { ...limits, class: 'text-field', type: 'text', autocomplete: 'off' });
  field.value = input.value ?? '';
  const counter = h('span', { class: 'field-count', 'aria-hidden': 'true' });
  const count = () => {
    counter.textContent = characterCount(input, field.value.length);
    counter.hidden = counter.textContent === '';
  };
  field.addEventListener('input', count);
  count();
  return { element: [field, counter], read: () => field.value };
}

function listOf(select, session) {
  const field = listField(select, { options: optionsOf(select, session), onChoice: () => {} });
  // In a label any click would open the menu, so a select is in a fieldset.
  return { element: field.element, read: field.read, isGroup: true };
}

function radios(group) {
  const choices = choicesOf(group, 'radio');
  return {
    element: choices.map(({ element }) => element),
    read: () => choices.find(({ input }) => input.checked)?.input.value ?? null,
    isGroup: true,
  };
}

function checkboxes(group) {
  const choices = choicesOf(group, 'checkbox');
  const read = () => choices.filter(({ input }) => input.checked).map(({ input }) => input.value);
  return { element: choices.map(({ element }) => element), read, isGroup: true };
}

function choicesOf(group, type) {
  return (group.options ?? []).map(({ label, value, description, default: isDefault }) => {
    const input = h('input', {
      type,
      class: 'check',
      name: group.custom_id,
      value,
      checked: Boolean(isDefault),
    });
    const words = h('span', {}, label, description && h('span', { class: 'field-hint' }, description));
    return { input, element: h('label', { class: 'choice' }, input, words) };
  });
}
