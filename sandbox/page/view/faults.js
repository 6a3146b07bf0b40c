// The control room's second tab: speed, switches for faults, and actions on the bot.

import { fill, h } from '../lib/dom.js';
import { icon } from '../lib/icons.js';

const ACTIONS = [
  { name: 'crash', sign: 'alert', label: 'Crash the bot', meaning: 'Kills it without warning and starts it again.' },
  { name: 'restart', sign: 'power', label: 'Restart the bot', meaning: 'Shuts it down cleanly and starts it again.' },
  { name: 'disconnect', sign: 'pulse', label: 'Disconnect the bot', meaning: 'Discord closes the connection; the bot reconnects.' },
];

const SPEED_WORDS =
  'How fast songs are made, compared with real time. Changing this restarts the bot.';
const BOT_WORDS = { online: 'Online.', offline: 'Offline.', starting: 'Starting …' };

export class Faults {
  #control;
  #speeds = h('div', { class: 'speeds' });
  #bot = h('p', { class: 'hint', role: 'status' });
  #groups = h('div', { class: 'groups' });
  #clearFaults;
  #boxes = new Map();
  /** Switches with a pending request: a state from before it must not reset them. */
  #pending = new Set();
  /** The chosen speed, until a state confirms it. */
  #requestedSpeed = null;
  #radios = new Map();

  element;

  /** @param {{control: import('../net/control.js').Control}} parts */
  constructor({ control }) {
    this.#control = control;
    this.#clearFaults = button('Turn off all faults', 'check', () => control.runAction('clear-faults'), 'button-secondary');
    this.element = h(
      'div',
      { class: 'faults' },
      h(
        'fieldset',
        { class: 'group' },
        h('legend', {}, 'Time'),
        h('p', { class: 'hint' }, SPEED_WORDS),
        this.#speeds,
        button('Finish all songs now', 'forward', () => control.runAction('finish-songs'), 'button-secondary'),
      ),
      this.#groups,
      h(
        'fieldset',
        { class: 'group' },
        h('legend', {}, 'The bot'),
        this.#bot,
        h('div', { class: 'acts' }, ACTIONS.map((action) => actionView(action, control))),
      ),
      h('div', { class: 'faults-foot' }, this.#clearFaults),
    );
  }

  draw() {
    const { state } = this.#control;
    if (!state) return;
    // Built anew when a switch is added: that of an error code, once it is used.
    if (this.#boxes.size < state.switches.length) this.#build(state);
    for (const { name, on } of state.switches) if (!this.#pending.has(name)) this.#boxes.get(name).checked = on;
    if (state.speed === this.#requestedSpeed) this.#requestedSpeed = null;
    for (const [speed, radio] of this.#radios) radio.checked = speed === (this.#requestedSpeed ?? state.speed);
    const hasNoFaults = state.switches.every(({ on }) => !on);
    this.#clearFaults.setAttribute('aria-disabled', String(hasNoFaults));
    const words = BOT_WORDS[state.bot] + crashWords(state.crashes);
    if (this.#bot.textContent !== words) this.#bot.textContent = words;
  }

  #build({ speeds, switches }) {
    fill(this.#speeds, speeds.map((speed) => this.#speed(speed)));
    const names = [...new Set(switches.map(({ group }) => group))];
    fill(
      this.#groups,
      names.map((name) =>
        h(
          'fieldset',
          { class: 'group' },
          h('legend', {}, name),
          switches.filter(({ group }) => group === name).map((one) => this.#switch(one)),
        ),
      ),
    );
  }

  #speed(speed) {
    const radio = h('input', { type: 'radio', name: 'speed', value: speed });
    radio.addEventListener('change', () => {
      this.#requestedSpeed = speed;
      this.#control.setSpeed(speed);
    });
    this.#radios.set(speed, radio);
    return h('label', { class: 'speed' }, radio, h('span', {}, speed === 1 ? 'real time' : `${speed}×`));
  }

  #switch({ name, label, meaning }) {
    const box = h('input', { type: 'checkbox', role: 'switch', class: 'switch', dataset: { switch: name } });
    box.addEventListener('change', async () => {
      this.#pending.add(name);
      await this.#control.setSwitch(name, box.checked);
      this.#pending.delete(name);
    });
    this.#boxes.set(name, box);
    return h('label', { class: 'fault-line' }, labelWithHint(label, meaning), box);
  }
}

function crashWords(count) {
  if (count === 0) return '';
  return count === 1 ? ' Crashed once so far.' : ` Crashed ${count} times so far.`;
}

function actionView({ name, sign, label, meaning }, control) {
  const press = button(label, sign, () => control.runAction(name), 'button-secondary');
  return h('div', { class: 'act' }, press, h('span', { class: 'hint' }, meaning));
}

function labelWithHint(label, meaning) {
  return h('span', { class: 'fault-words' }, h('b', {}, label), h('span', { class: 'hint' }, meaning));
}

function button(label, sign, press, style) {
  const element = h('button', { type: 'button', class: `button ${style}` }, icon(sign), label);
  element.addEventListener('click', () => element.getAttribute('aria-disabled') === 'true' || press());
  return element;
}
