// The composer: finds a command, fills in its options, and sends it.
//
// Its text field has two modes: before a command is chosen it holds a line that starts with "/", afterwards the command's
// main option. So "/compose a trap song" and Enter works whether it is typed, pasted or chosen.

import { labelOf, OPTION, search, slashCommands, splitLine, splitOptions, wordCommand } from '../lib/commands.js';
import { fill, h } from '../lib/dom.js';
import { Draft } from '../lib/draft.js';
import { icon } from '../lib/icons.js';
import { Completion } from './completion.js';
import { optionField } from './option_field.js';
import { Suggestions } from './suggestions.js';

const WARN_FROM_SHARE = 0.8;
const PARTS = ['input', 'command', 'label', 'options', 'note', 'send'];

export class Composer {
  #session;
  #form = document.getElementById('composer');
  #parts = Object.fromEntries(PARTS.map((name) => [name, document.getElementById(`composer-${name}`)]));
  #suggestions = new Suggestions(document.getElementById('suggestions'));
  #draft = null;
  #completion;

  constructor({ session }) {
    this.#session = session;
    this.#completion = new Completion({ session, suggestions: this.#suggestions });
    this.#listen();
    session.addEventListener('place', () => this.#leave());
    session.addEventListener('world', () => this.#drawState());
    session.addEventListener('commands', () => this.#commandsChanged());
  }

  /** Chooses a command with the start of its text. */
  begin(name, text = '') {
    const command = this.#available().find((known) => known.name === name || known.label === name);
    if (command) this.#choose(new Draft(command), text);
    else {
      this.#setText(`/${name} ${text}`.trimEnd());
      this.focus();
    }
  }

  /** Appends text to the main option; chooses the default command if none is chosen yet. */
  insert(words) {
    if (!this.#draft) {
      const command = wordCommand(this.#available());
      if (!command) return;
      this.#choose(new Draft(command));
    }
    this.#setText(`${this.#input.value} ${words} `.trimStart());
    this.focus();
  }

  focus() {
    this.#input.focus();
    this.#input.setSelectionRange(this.#input.value.length, this.#input.value.length);
  }

  get #input() {
    return this.#parts.input;
  }

  #available() {
    return slashCommands(this.#session.commands, { context: this.#session.context });
  }

  #listen() {
    this.#input.addEventListener('input', () => this.#onInput());
    this.#input.addEventListener('focus', () => this.#suggestForInput());
    this.#input.addEventListener('keydown', (event) => this.#onInputKey(event));
    this.#parts.send.addEventListener('click', () => this.#send());
    this.#form.addEventListener('submit', (event) => event.preventDefault());
    this.#form.addEventListener('focusout', ({ relatedTarget }) => {
      if (!this.#form.contains(relatedTarget)) this.#suggestions.close();
    });
  }

  #commandsChanged() {
    const isGone = this.#draft && !this.#available().some(({ name }) => name === this.#draft.name);
    if (isGone) this.#leave();
    else if (document.activeElement === this.#input) this.#suggestForInput();
    this.#drawState();
  }

  // ---- rendering ----

  /** Enables or disables the field for the open channel, and sets its placeholder. */
  #drawState() {
    const canWrite = Boolean(this.#session.place()?.channel.can_write);
    this.#input.disabled = !canWrite;
    this.#parts.send.disabled = !canWrite;
    this.#form.classList.toggle('is-closed', !canWrite);
    this.#form.classList.toggle('has-command', this.#draft !== null);
    this.#input.placeholder = canWrite ? this.#placeholder() : 'You can’t post in this channel';
  }

  #placeholder() {
    if (this.#draft) return this.#draft.main?.description ?? 'Press Enter to send';
    const command = wordCommand(this.#available());
    return command ? `Try /${command.label} a trap song` : 'Type / to see commands';
  }

  /** Renders the fields of the other options, and the buttons that add more. Returns the fields. */
  #drawOptions() {
    const pills = (this.#draft?.shown ?? []).map((option) => this.#pill(option));
    const adders = (this.#draft?.hidden ?? []).map((option) => this.#adder(option));
    fill(
      this.#parts.options,
      pills.map(({ element }) => element),
      adders,
    );
    this.#parts.options.hidden = pills.length + adders.length === 0;
    return pills;
  }

  #pill(option) {
    const draft = this.#draft;
    return optionField(option, {
      entry: draft.entry(option),
      onInput: (entry) => {
        this.#note(null);
        draft.set(option, entry);
        if (entry.value === undefined) this.#takeTyped(option, entry.text);
      },
      onKey: (event) => this.#onPillKey(event),
      onFocus: (field) => this.#suggest(option, field),
      onRemove: () => {
        draft.hide(option);
        this.#drawOptions();
        this.focus();
      },
    });
  }

  #adder(option) {
    const add = () => {
      this.#draft.show(option);
      this.#drawOptions().at(-1).focus();
    };
    const props = { type: 'button', class: 'pill-add', title: option.description ?? '', on: { click: add } };
    return h('button', props, icon('plus'), labelOf(option));
  }

  #note(words, isFault = true) {
    this.#parts.note.hidden = words === null;
    this.#parts.note.classList.toggle('is-fault', isFault);
    fill(this.#parts.note, words);
  }

  // ---- typing ----

  #setText(text) {
    this.#input.value = text;
    if (this.#draft?.main) this.#draft.set(this.#draft.main, { text });
    this.#fitHeight();
  }

  /**
   * Gives each option that is typed as `name:value` into the text of another its own field.
   *
   * Discord does this at the colon: the value is then typed in the new field, which gets the focus.
   */
  #takeTyped(into, text) {
    const { rest, typed } = splitOptions(this.#draft.command, text, into);
    if (rest === text) return;
    for (const { option, text: value } of typed) {
      this.#draft.show(option);
      this.#draft.set(option, { text: value });
    }
    if (into === this.#draft.main) this.#setText(rest);
    else if (into) this.#draft.set(into, { text: rest });
    const fields = this.#drawOptions();
    const last = typed.at(-1);
    if (last?.text === '') fields[this.#draft.shown.indexOf(last.option)].focus();
    else this.focus();
  }

  #fitHeight() {
    this.#input.style.setProperty('height', 'auto');
    this.#input.style.setProperty('height', `${this.#input.scrollHeight}px`);
  }

  #onInput() {
    this.#note(null);
    this.#setText(this.#input.value.replace(/\s*\n\s*/g, ' '));
    const split = this.#draft ? null : splitLine(this.#available(), this.#input.value);
    if (split) this.#choose(new Draft(split.command), split.rest);
    else if (this.#draft) this.#takeTyped(this.#draft.main, this.#input.value);
    if (document.activeElement === this.#input) this.#suggestForInput();
    if (this.#draft) this.#noteLength();
  }

  /** Shows the length once it is close to the option's maximum. */
  #noteLength() {
    const most = this.#draft.main?.max_length;
    const length = [...this.#input.value].length;
    if (most && length > most * WARN_FROM_SHARE) this.#note(`${length} of ${most} characters`, length > most);
  }

  #onInputKey(event) {
    if (event.isComposing || this.#suggestions.handleKey(event)) return;
    if (event.key === 'Enter') {
      event.preventDefault();
      this.#send();
    } else if (event.key === 'Escape' && this.#draft) this.#leave();
    else if (event.key === 'Backspace' && this.#draft && this.#input.value === '') {
      event.preventDefault();
      this.#editName();
    }
  }

  #onPillKey(event) {
    if (event.isComposing || this.#suggestions.handleKey(event)) return;
    if (event.key === 'Enter') {
      event.preventDefault();
      this.#send();
    } else if (event.key === 'Escape') this.focus();
  }

  // ---- choosing a command ----

  #choose(draft, text = '') {
    this.#draft = draft;
    const { main, label, command } = draft;
    this.#parts.command.textContent = `/${label}`;
    this.#parts.command.title = command.description;
    this.#parts.label.textContent = main ? labelOf(main) : '';
    this.#input.readOnly = command.options.length === 0;
    this.#input.setAttribute(
      'aria-label',
      main ? `${labelOf(main)}: ${main.description ?? ''}` : `Send /${label}`,
    );
    this.#drawState();
    this.#setText(text);
    this.#drawOptions();
    this.#takeTyped(main, text);
    this.#suggestForInput();
    this.#focusNext();
  }

  /** Focuses what is to be typed next: without a main option the first required one, which also gets what was typed already. */
  #focusNext() {
    const { main, shown } = this.#draft;
    const text = this.#input.value;
    const next = main ? undefined : shown.find((option) => this.#draft.entry(option).text === '');
    if (!next) return this.focus();
    if (text && next.type !== OPTION.file && next.type !== OPTION.boolean) {
      this.#draft.set(next, { text });
      this.#setText('');
    }
    this.#drawOptions()[shown.indexOf(next)].focus();
  }

  #leave() {
    this.#draft = null;
    this.#input.readOnly = false;
    this.#input.setAttribute('aria-label', 'Message');
    this.#suggestions.close();
    this.#note(null);
    this.#setText('');
    this.#drawOptions();
    this.#drawState();
  }

  #editName() {
    const { label } = this.#draft;
    this.#leave();
    this.#setText(`/${label}`);
    this.#suggestForInput();
  }

  // ---- suggestions ----

  #suggestForInput() {
    const line = this.#input.value;
    if (this.#draft?.main) this.#suggest(this.#draft.main, this.#input);
    else if (this.#draft || !line.startsWith('/')) this.#suggestions.close();
    else
      this.#suggestions.show(this.#input, {
        title: 'Commands',
        entries: this.#commandEntries(line),
      });
  }

  #commandEntries(line) {
    return search(this.#available(), line.slice(1)).map((command) => ({
      lead: `/${command.label}`,
      words: command.description,
      choose: () => this.#choose(new Draft(command)),
    }));
  }

  #suggest(option, field) {
    const draft = this.#draft;
    const isWanted = () => this.#draft === draft && document.activeElement === field;
    this.#completion.offer(option, field, { draft, isWanted });
  }

  // ---- sending ----

  async #send() {
    if (this.#input.disabled) return;
    this.#suggestions.close();
    const draft = this.#draft;
    if (!draft) return this.#noteNoCommand();
    const read = draft.read();
    if (read.error) return this.#refuse(read);
    const text = this.#input.value;
    if (!draft.main && text.trim()) return this.#note('Add an option below, or type its name with a colon.');
    this.#leave();
    this.focus();
    try {
      await this.#session.command(draft.name, { options: read.options });
    } catch (error) {
      this.#giveBack(draft, text, error.message);
    }
  }

  /** What the stand-in refused is put back to be mended, unless something else is being written by now. */
  #giveBack(draft, text, reason) {
    if (!this.#draft && this.#input.value === '') this.#choose(draft, text);
    this.#note(reason);
  }

  #refuse({ error, option }) {
    this.#note(error);
    this.#draft.show(option);
    const at = this.#draft.shown.indexOf(option);
    if (at < 0) this.focus();
    else this.#drawOptions()[at].focus();
  }

  /** Explains that only commands can be sent. */
  #noteNoCommand() {
    const line = this.#input.value.trim();
    if (line === '') return;
    const isUnknown = line.startsWith('/');
    const name = wordCommand(this.#available())?.label;
    const use = () => this.begin(name, isUnknown ? '' : line);
    const words = isUnknown ? 'There’s no such command here.' : `This demo only takes commands: try /${name ?? ''}.`;
    const button = h('button', { type: 'button', class: 'text-button', on: { click: use } }, `Use /${name}`);
    this.#note([words, ' ', name && button]);
  }
}
