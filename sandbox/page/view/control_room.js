// The control room's panel: beside the chat on a wide window, otherwise a dialog above it.

import { fill, h } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { Faults } from './faults.js';
import { LiveJobs } from './live_jobs.js';

const NARROW = '(max-width: 1099px)';
const OPEN_KEY = 'control';
const TABS = [
  { name: 'live', label: 'Live' },
  { name: 'faults', label: 'Faults and speed' },
];

export class ControlRoom {
  #control;
  #storage;
  #panel = document.getElementById('control');
  #opener = document.getElementById('control-open');
  #narrow = matchMedia(NARROW);
  #pages;
  #tabs;
  #shown = 'live';

  /** @param {{control: import('../net/control.js').Control, storage: Storage}} parts */
  constructor({ control, storage }) {
    this.#control = control;
    this.#storage = storage;
    this.#pages = { live: new LiveJobs({ control }), faults: new Faults({ control }) };
    this.#tabs = TABS.map(({ name, label }) => this.#tab(name, label));
    this.#build();
    this.#opener.addEventListener('click', () => (this.#panel.open ? this.#panel.close() : this.open()));
    this.#panel.addEventListener('close', () => this.#closed());
    this.#panel.addEventListener('keydown', (event) => this.#key(event));
    this.#narrow.addEventListener('change', () => this.#panel.open && this.#reopen());
    control.addEventListener('state', () => this.#draw());
  }

  /** Shows the button, and the panel if it was open before; called when the server has a control room. */
  begin() {
    this.#opener.hidden = false;
    this.#control.follow();
    if (this.#storage.getItem(OPEN_KEY) === 'open' && !this.#narrow.matches) this.open();
  }

  open() {
    if (this.#narrow.matches) this.#panel.showModal();
    else this.#panel.show();
    document.body.classList.toggle('has-control', !this.#narrow.matches);
    this.#storage.setItem(OPEN_KEY, 'open');
    this.#opener.setAttribute('aria-expanded', 'true');
    this.#show(this.#shown);
  }

  #closed() {
    document.body.classList.remove('has-control');
    this.#storage.removeItem(OPEN_KEY);
    this.#opener.setAttribute('aria-expanded', 'false');
    this.#pages.live.show(false);
    this.#opener.focus();
  }

  #reopen() {
    this.#panel.close();
    this.open();
  }

  #build() {
    const shut = { type: 'button', class: 'icon-button', 'aria-label': 'Close' };
    const close = h('button', { ...shut, on: { click: () => this.#panel.close() } }, icon('close'));
    const title = h('h2', { class: 'dialog-title', id: 'control-title' }, 'Control room');
    fill(
      this.#panel,
      h('header', { class: 'control-head' }, title, close),
      h('div', { class: 'tabs', role: 'tablist', 'aria-labelledby': 'control-title' }, this.#tabs),
      TABS.map(({ name }) => this.#page(name)),
    );
  }

  #page(name) {
    const props = { id: `control-${name}`, class: 'control-page', role: 'tabpanel', tabindex: 0 };
    return h('div', { ...props, 'aria-labelledby': `tab-${name}` }, this.#pages[name].element);
  }

  #tab(name, label) {
    const props = { type: 'button', class: 'tab', role: 'tab', id: `tab-${name}` };
    const on = { click: () => this.#show(name) };
    return h(
      'button',
      { ...props, 'aria-controls': `control-${name}`, on },
      label,
      h('span', { class: 'tab-count' }),
    );
  }

  #show(name) {
    this.#shown = name;
    for (const tab of this.#tabs) {
      const isShown = tab.id === `tab-${name}`;
      tab.setAttribute('aria-selected', String(isShown));
      tab.tabIndex = isShown ? 0 : -1;
      document.getElementById(tab.getAttribute('aria-controls')).hidden = !isShown;
    }
    this.#pages.live.show(name === 'live');
    this.#draw();
  }

  #draw() {
    const { state } = this.#control;
    if (!state) return;
    const count = state.switches.filter(({ on }) => on).length;
    const words = ['Control room', 'Control room, 1 fault is on'][count] ?? `Control room, ${count} faults are on`;
    this.#opener.setAttribute('aria-label', words);
    this.#opener.classList.toggle('has-faults', count > 0);
    this.#tabs[1].querySelector('.tab-count').textContent = count || '';
    if (this.#panel.open) this.#pages[this.#shown].draw();
  }

  /** Escape closes the panel, also when it is not a dialog; arrow keys switch tabs. */
  #key(event) {
    if (event.key === 'Escape') this.#panel.close();
    else if (this.#tabs.includes(event.target) && ['ArrowLeft', 'ArrowRight'].includes(event.key)) {
      const next = TABS.find(({ name }) => name !== this.#shown);
      this.#show(next.name);
      document.getElementById(`tab-${next.name}`).focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
