// The suggestion list above the composer: commands, choices, references. The focus stays in the text field.

import { fill, h } from '../lib/dom.js';
import { betweenPresses } from '../lib/press.js';

/**
 * A listbox that belongs to one text field at a time.
 *
 * Entries: {lead: string, words: string, choose: () => void}
 */
export class Suggestions {
  #element;
  #title;
  #list;
  #entries = [];
  #active = -1;
  #field = null;
  #draw;

  constructor(element) {
    this.#element = element;
    this.#draw = betweenPresses(element, () => this.#drawEntries());
    this.#title = h('p', { class: 'suggestions-title' });
    this.#list = h('div', {
      class: 'suggestions-list',
      role: 'listbox',
      id: 'suggestions-list',
      'aria-label': 'Suggestions',
    });
    fill(element, this.#title, this.#list);
    // A click must not move the focus away from the field.
    element.addEventListener('mousedown', (event) => event.preventDefault());
  }

  get isOpen() {
    return !this.#element.hidden;
  }

  /** Shows entries for a field; the first is preselected: Enter takes it. */
  show(field, { title, entries }) {
    if (entries.length === 0) {
      this.close();
      return;
    }
    if (this.#field !== field) this.close();
    this.#field = field;
    this.#entries = entries;
    this.#title.textContent = title;
    this.#draw();
  }

  #drawEntries() {
    // Closed while the pointer was pressed.
    if (this.#field === null) return;
    fill(
      this.#list,
      this.#entries.map((entry, index) => this.#item(entry, index)),
    );
    this.#element.hidden = false;
    this.#field.setAttribute('aria-expanded', 'true');
    this.#activate(0);
  }

  close() {
    this.#element.hidden = true;
    this.#entries = [];
    this.#active = -1;
    this.#field?.setAttribute('aria-expanded', 'false');
    this.#field?.removeAttribute('aria-activedescendant');
    this.#field = null;
  }

  /** Handles a key of the field; returns whether the list consumed it. */
  handleKey(event) {
    if (!this.isOpen) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const count = this.#entries.length;
    if (step)
      this.#activate(this.#active < 0 && step < 0 ? count - 1 : (this.#active + step + count) % count);
    else if (event.key === 'Escape') this.close();
    else if ((event.key === 'Enter' || event.key === 'Tab') && !event.shiftKey && this.#active >= 0)
      this.#entries[this.#active].choose();
    else return false;
    event.preventDefault();
    return true;
  }

  #item({ lead, words, choose }, index) {
    return h(
      'div',
      {
        class: 'suggestion',
        role: 'option',
        id: `suggestion-${index}`,
        'aria-selected': 'false',
        on: { click: choose, pointermove: () => this.#activate(index) },
      },
      h('span', { class: 'suggestion-lead' }, lead),
      h('span', { class: 'suggestion-words' }, words),
    );
  }

  #activate(index) {
    this.#list.children[this.#active]?.setAttribute('aria-selected', 'false');
    this.#active = index;
    const item = this.#list.children[index];
    item?.setAttribute('aria-selected', 'true');
    item?.scrollIntoView({ block: 'nearest' });
    if (item) this.#field.setAttribute('aria-activedescendant', item.id);
    else this.#field.removeAttribute('aria-activedescendant');
  }
}
