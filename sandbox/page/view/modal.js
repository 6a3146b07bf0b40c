// The dialogs that the bot opens.

import { fill, h } from '../lib/dom.js';
import { parse, render } from '../lib/markdown.js';

const PARAGRAPH = 2;

/**
 * Opens the bot's dialog.
 *
 * @param {object} modal the `modal` event
 * @param {object} parts
 * @param {object} parts.names of `markdown_view.js`
 * @param {(fields: object) => Promise<void>} parts.submit rejects with a sentence for people
 */
export function openModal(modal, { names, submit }) {
  const fields = [];
  const body = (modal.components ?? [])
    .map((component) => blockView(component, fields, names))
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
    { class: 'dialog-form' },
    h('div', { class: 'dialog-body' }, body, fault),
    h('footer', { class: 'dialog-foot' }, cancel, send),
  );
  const dialog = h(
    'dialog',
    { class: 'dialog', 'aria-labelledby': 'modal-title' },
    h('h2', { id: 'modal-title', class: 'dialog-title' }, modal.title ?? 'The bot asks'),
    form,
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    send.disabled = true;
    try {
      await submit(Object.fromEntries(fields.map(({ id, read }) => [id, read()])));
      dialog.close();
    } catch (error) {
      fault.hidden = false;
      fill(fault, error.message);
      send.disabled = false;
    }
  });
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** One block of a dialog; what can be filled in is added to `fields` as {id, read}. */
function blockView(component, fields, names) {
  if (component.type === 10)
    return h('div', { class: 'text-display' }, render(parse(component.content ?? ''), names));
  if (component.type === 1)
    return (component.components ?? []).map((inner) =>
      labelled({ label: inner.label, component: inner }, fields),
    );
  if (component.type === 18) return labelled(component, fields);
  return null;
}

function labelled({ label, description, component }, fields) {
  const control = CONTROLS[component?.type]?.(component);
  if (!control) return null;
  fields.push({ id: component.custom_id, read: control.read });
  const isRequired = component.required !== false && !control.isOptional;
  const words = [label ?? '', isRequired && h('span', { class: 'field-required', title: 'needed' }, ' *')];
  const hint = description && h('span', { class: 'field-hint' }, description);
  return control.isGroup
    ? h('fieldset', { class: 'field' }, h('legend', { class: 'field-label' }, words), hint, control.element)
    : h('label', { class: 'field' }, h('span', { class: 'field-label' }, words), hint, control.element);
}

const CONTROLS = {
  3: (select) => ((select.max_values ?? 1) > 1 ? checkboxes(select) : dropdown(select)),
  4: textInput,
  21: radios,
  22: checkboxes,
  23: (box) => {
    const input = h('input', { type: 'checkbox', class: 'check', checked: Boolean(box.default) });
    return { element: input, read: () => input.checked, isOptional: true };
  },
};

function textInput(input) {
  const limits = {
    minlength: input.min_length ?? null,
    maxlength: input.max_length ?? 4000,
    required: input.required !== false,
    placeholder: input.placeholder ?? null,
  };
  const element =
    input.style === PARAGRAPH
      ? h('textarea', { ...limits, class: 'text-field', rows: 4 })
      : h('input', { ...limits, class: 'text-field', type: 'text', autocomplete: 'off' });
  element.value = input.value ?? '';
  return { element, read: () => element.value };
}

function dropdown(select) {
  const options = (select.options ?? []).map(({ label, value, default: isDefault }) =>
    h('option', { value, selected: Boolean(isDefault) }, label),
  );
  const blank = h('option', { value: '' }, select.placeholder ?? 'Make a choice');
  const element = h('select', { class: 'text-field', required: select.required !== false }, blank, options);
  return { element, read: () => (element.value === '' ? [] : [element.value]) };
}

function radios(group) {
  const choices = choicesOf(group, 'radio');
  for (const { input } of choices) input.required = group.required !== false;
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
