// The button that chooses the theme: dark, light or the system's; the choice is stored.

import { fill } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { withMenu } from './menu.js';

const KEY = 'theme';
const THEMES = [
  { name: 'system', label: 'Follow system', sign: 'contrast' },
  { name: 'light', label: 'Light', sign: 'sun' },
  { name: 'dark', label: 'Dark', sign: 'moon' },
];

export class ThemeSwitch {
  #button = document.getElementById('theme-menu');
  #storage;

  /** @param {{storage: Storage}} parts */
  constructor({ storage }) {
    this.#storage = storage;
    withMenu(this.#button, () => this.#menu());
    matchMedia('(prefers-color-scheme: light)').addEventListener('change', () => this.#show());
    this.#show();
  }

  get #chosen() {
    return document.documentElement.dataset.theme ?? 'system';
  }

  #menu() {
    const items = THEMES.map(({ name, label, sign }) => ({
      label,
      lead: icon(sign),
      isChecked: name === this.#chosen,
      choose: () => this.#choose(name),
    }));
    return { label: 'Theme', items };
  }

  #choose(name) {
    if (name === 'system') {
      delete document.documentElement.dataset.theme;
      this.#storage.removeItem(KEY);
    } else {
      document.documentElement.dataset.theme = name;
      this.#storage.setItem(KEY, name);
    }
    this.#show();
  }

  /** Updates the button's icon, and the browser's theme colour on phones. */
  #show() {
    const { label, sign } = THEMES.find(({ name }) => name === this.#chosen);
    fill(this.#button, icon(sign));
    this.#button.setAttribute('aria-label', `Theme: ${label}`);
    const { backgroundColor } = getComputedStyle(document.body);
    document.querySelector('meta[name="theme-color"]').setAttribute('content', backgroundColor);
  }
}
