// The help panel behind "?", the tip for newcomers, and the welcome card at the top of a channel.

import { fill, h } from '../lib/dom.js';
import { icon } from '../lib/icons.js';

const EXAMPLES = ['a trap song', 'a slow waltz for a rainy evening', 'bright synth pop about the sea'];

const NEXT_STEPS = [
  ['/compose', 'on its own opens a form for a long prompt.'],
  ['genre, mood, tempo …', 'are options of /compose. “private” keeps a song to yourself until you share it.'],
  ['The buttons', 'under a song compose it again, edit its prompt, or like it.'],
  ['The menu', 'next to any message composes a song from its text.'],
  ['/songs list', 'lists songs; /job status shows one.'],
  ['/privacy', 'shows, exports or erases what the bot stores about you.'],
  ['“You are”', 'at the lower left switches to another user with different permissions.'],
  [
    'The control room',
    'at the upper right shows every poll live, makes Whisul and Discord fail, and speeds up time.',
  ],
];

const SEEN_KEY = 'tip-seen';

export class Help {
  #composer;
  #storage;
  #tip;
  #dialog;
  #about = {};

  /** @param {{composer: {begin: Function, insert: Function}, storage: Storage}} parts */
  constructor({ composer, storage }) {
    this.#composer = composer;
    this.#storage = storage;
    this.#tip = document.getElementById('tip');
    this.#dialog = document.getElementById('help');
    document.getElementById('help-open').addEventListener('click', () => this.open());
    document.getElementById('tip-more').addEventListener('click', () => this.open());
    document.getElementById('tip-close').addEventListener('click', () => this.dismissTip());
    this.#tip.hidden = storage.getItem(SEEN_KEY) !== null;
    this.#dialog.addEventListener('click', (event) => event.target === this.#dialog && this.#dialog.close());
  }

  /** Updates the facts about the demo. @param {{whisul_url?: string, speed?: number, hints?: object[]}} about */
  update(about) {
    this.#about = { ...this.#about, ...about };
  }

  /** Opens the panel, and dismisses the tip. */
  open() {
    this.dismissTip();
    const close = h(
      'button',
      {
        type: 'button',
        class: 'icon-button',
        'aria-label': 'Close',
        on: { click: () => this.#dialog.close() },
      },
      icon('close'),
    );
    fill(
      this.#dialog,
      h(
        'header',
        { class: 'help-head' },
        h('h2', { class: 'dialog-title', id: 'help-title' }, 'About this demo'),
        close,
      ),
      h(
        'div',
        { class: 'help-body' },
        this.#whatToType(),
        this.#whatItIs(),
        this.#faultHints(),
        this.#keys(),
      ),
    );
    this.#dialog.showModal();
  }

  /** The card above the first message of a channel: its name, and example commands. */
  welcome(place) {
    if (!place)
      return h(
        'div',
        { class: 'welcome' },
        h('h2', {}, 'No channels'),
        h('p', {}, 'This user can’t see any channel. Switch to another user at the lower left.'),
      );
    const { channel } = place;
    return h(
      'div',
      { class: 'welcome' },
      h('span', { class: 'welcome-icon' }, icon({ 1: 'message', 3: 'group', 11: 'thread' }[channel.type] ?? 'hash')),
      h('h2', {}, channel.name),
      h(
        'p',
        {},
        startOf(place),
      ),
      channel.can_write &&
        h(
          'div',
          { class: 'starters' },
          EXAMPLES.map((words) => this.#starter(words)),
        ),
    );
  }

  /** Hides the tip; the storage remembers that. */
  dismissTip() {
    this.#tip.hidden = true;
    this.#storage.setItem(SEEN_KEY, 'yes');
  }

  #starter(words) {
    return h(
      'button',
      { type: 'button', class: 'starter', on: { click: () => this.#composer.begin('compose', words) } },
      h('b', {}, '/compose'),
      ` ${words}`,
    );
  }

  #whatItIs() {
    const { speed } = this.#about;
    return section(
      'What’s real',
      h('ul', { class: 'help-list' }, [
        h('li', {}, h('b', {}, 'The bot'), ' is the real program, just as it runs on your server.'),
        h(
          'li',
          {},
          h('b', {}, 'The chat'),
          ' is a Discord stand-in on this machine. Nothing leaves it, and you need no account.',
        ),
        h(
          'li',
          {},
          h('b', {}, 'Whisul'),
          ' is simulated: it makes short songs and covers on this machine.',
        ),
      ]),
      Number(speed) > 0 &&
        h(
          'p',
          { class: 'speed' },
          h('b', {}, `${speed}×`),
          speed === 1
            ? ' Time runs at normal speed.'
            : ` A song that normally takes two minutes takes about ${secondsOf(120 / speed)} here.`,
        ),
    );
  }

  #whatToType() {
    const starters = EXAMPLES.map((words) =>
      this.#closing(() => this.#composer.begin('compose', words), [h('b', {}, '/compose'), ` ${words}`]),
    );
    return section(
      'What to type',
      h('p', {}, 'Type / to see all commands, or try one of these:'),
      h('div', { class: 'starters' }, starters),
      h('p', {}, 'Then try:'),
      h(
        'ul',
        { class: 'help-list' },
        NEXT_STEPS.map(([what, words]) => h('li', {}, h('b', {}, what), ` ${words}`)),
      ),
    );
  }

  #faultHints() {
    const hints = (this.#about.hints ?? []).map((hint) =>
      typeof hint === 'string' ? { word: hint, meaning: '' } : hint,
    );
    if (hints.length === 0) return null;
    const rows = hints.map(({ word, meaning }) => [
      h(
        'dt',
        {},
        this.#closing(() => this.#composer.insert(word), word, 'hint-word'),
      ),
      h('dd', {}, meaning),
    ]);
    return section(
      'Simulate failures',
      h('p', {}, 'Add one of these words to a prompt, and its song fails that way:'),
      h('dl', { class: 'hints' }, rows),
    );
  }

  #keys() {
    const keys = [
      ['/', 'show commands'],
      ['↑ ↓', 'move in the list'],
      ['Tab', 'pick a suggestion'],
      ['Enter', 'pick it, or send'],
      ['Esc', 'close'],
      ['← →', 'skip 5 seconds in a song; Page ↑ and ↓: 30 seconds; Space: play or pause'],
      ['Right click', 'message menu; on a phone, long press'],
    ];
    return section(
      'Keys',
      h(
        'dl',
        { class: 'keys' },
        keys.map(([key, meaning]) => [h('dt', {}, h('kbd', {}, key)), h('dd', {}, meaning)]),
      ),
    );
  }

  /** A button that closes the panel before it acts, since the composer is behind it. */
  #closing(act, label, className = 'starter') {
    const press = () => {
      this.#dialog.close();
      act();
    };
    return h('button', { type: 'button', class: className, on: { click: press } }, label);
  }
}

function startOf({ guild, channel }) {
  if (guild) return `This is the start of ${nameOf(channel)} in ${guild.name}.`;
  return channel.type === 3
    ? 'A group of people, without the bot. Add it to your account to use it here.'
    : 'Direct messages between you and the bot.';
}

/** A channel's name as Discord writes it: threads have no number sign. */
function nameOf({ type, name }) {
  return type === 11 || type === 12 ? name : `#${name}`;
}

function section(title, ...children) {
  return h('section', { class: 'help-section' }, h('h3', {}, title), children);
}

function secondsOf(seconds) {
  if (seconds >= 90) return `${Math.round(seconds / 60)} minutes`;
  return seconds < 2 ? 'a second or two' : `${Math.round(seconds)} seconds`;
}
