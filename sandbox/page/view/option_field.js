// The field of one command option, beside the composer's text field.

import { h } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { labelOf, OPTION } from '../lib/commands.js';
import { kindsOfOption } from '../lib/references.js';

/**
 * The pill of an option: its name, its field and, if it is optional, a button to remove it.
 *
 * @param {object} option as registered
 * @param {object} parts
 * @param {{text: string, value?: unknown}} parts.entry the initial entry
 * @param {(entry: {text: string, value?: unknown}) => void} parts.onInput
 * @param {(event: KeyboardEvent) => void} parts.onKey
 * @param {(field: HTMLInputElement) => void} parts.onFocus called when a text field needs suggestions
 * @param {() => void} parts.onRemove
 * @returns {{element: HTMLElement, focus: () => void}}
 */
export function optionField(option, parts) {
  const field = fieldOf(option, parts);
  field.setAttribute('aria-label', `${labelOf(option)}: ${option.description ?? ''}`);
  field.classList.add('pill-field');
  field.addEventListener('keydown', parts.onKey);
  const remove = h(
    'button',
    {
      type: 'button',
      class: 'pill-remove',
      'aria-label': `Remove ${labelOf(option)}`,
      on: { click: parts.onRemove },
    },
    icon('close'),
  );
  const element = h(
    'div',
    { class: 'pill', title: option.description ?? '', dataset: { option: option.name } },
    h('span', { class: 'pill-name' }, labelOf(option)),
    option.type === OPTION.file ? fileLabel(field, parts.entry) : field,
    !option.required && remove,
  );
  return { element, focus: () => field.focus() };
}

function fieldOf(option, parts) {
  if (option.type === OPTION.boolean)
    return pick(parts, [
      ['true', 'True'],
      ['false', 'False'],
    ]);
  return option.type === OPTION.file ? file(parts) : typed(option, parts);
}

/** The browser's file input, visually hidden behind the label of `fileLabel`. */
function file({ onInput }) {
  const field = h('input', { type: 'file', class: 'pill-file' });
  field.addEventListener('change', async () => {
    const [chosen] = field.files;
    if (chosen) onInput({ text: chosen.name, value: await contentOf(chosen) });
  });
  return field;
}

function fileLabel(field, entry) {
  const words = h('span', {}, entry.text || 'choose a file');
  field.addEventListener('change', () => {
    words.textContent = field.files[0]?.name ?? 'choose a file';
  });
  return h('label', { class: 'pill-face' }, icon('file'), words, field);
}

/** A file as the stand-in expects it: its bytes in base64. */
async function contentOf(chosen) {
  const bytes = new Uint8Array(await chosen.arrayBuffer());
  const text = bytes.reduce((all, byte) => all + String.fromCharCode(byte), '');
  return { filename: chosen.name, content_type: chosen.type, content: btoa(text) };
}

function pick({ entry, onInput }, values) {
  const options = values.map(([value, label]) =>
    h('option', { value, selected: entry.text === value }, label),
  );
  const field = h('select', {}, h('option', { value: '' }, 'choose'), options);
  field.addEventListener('change', () => onInput({ text: field.value }));
  return field;
}

function typed(option, { entry, onInput, onFocus }) {
  const isNumber = option.type === OPTION.integer || option.type === OPTION.number;
  const props = {
    type: 'text',
    value: entry.text,
    placeholder: placeholderOf(option, isNumber),
    autocomplete: 'off',
    spellcheck: 'false',
  };
  const inputMode = { [OPTION.integer]: 'numeric', [OPTION.number]: 'decimal' }[option.type] ?? null;
  const field = h('input', {
    ...props,
    inputmode: inputMode,
    role: 'combobox',
    'aria-expanded': 'false',
    'aria-controls': 'suggestions-list',
    'aria-autocomplete': 'list',
  });
  const grow = () =>
    field.style.setProperty(
      '--chars',
      String(Math.min(40, Math.max(field.value.length, field.placeholder.length) + 1)),
    );
  field.addEventListener('input', () => {
    grow();
    onInput({ text: field.value });
    onFocus(field);
  });
  field.addEventListener('taken', grow);
  field.addEventListener('focus', () => onFocus(field));
  grow();
  return field;
}

function placeholderOf({ type, min_value: least, max_value: most, choices }, isNumber) {
  if (choices?.length || kindsOfOption({ type }).length) return 'choose';
  if (!isNumber) return 'text';
  if (least !== undefined && most !== undefined) return `${least} to ${most}`;
  if (least !== undefined) return `from ${least}`;
  return most === undefined ? 'number' : `up to ${most}`;
}
