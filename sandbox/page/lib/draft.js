// The state of a command while its options are being filled in. Pure.

import { labelOf, mainOption, readAll, readPartly, sideOptions } from './commands.js';

const EMPTY = { text: '' };

export class Draft {
  #entries = new Map();

  /** @param {object} command a flat command of `commands.js` */
  constructor(command) {
    this.command = command;
    /** The option that gets the text after the name; may be null. */
    this.main = mainOption(command);
    /** The options with a field of their own, in the order in which they were added. */
    this.shown = sideOptions(command).filter(({ required }) => required);
  }

  get name() {
    return this.command.name;
  }

  /** Its name in the reader's language. */
  get label() {
    return this.command.label;
  }

  /** The options that could still be added. */
  get hidden() {
    return sideOptions(this.command).filter((option) => !this.shown.includes(option));
  }

  /** The entry of an option. */
  entry(option) {
    return this.#entries.get(option.name) ?? EMPTY;
  }

  /** @param {object} option @param {{text: string, value?: unknown}} entry */
  set(option, entry) {
    this.#entries.set(option.name, entry);
  }

  /** Adds a field for an option, unless it has one. */
  show(option) {
    if (option !== this.main && !this.shown.includes(option)) this.shown.push(option);
  }

  /** Removes the field of an optional option. */
  hide(option) {
    this.shown = this.shown.filter((shown) => shown !== option);
    this.#entries.delete(option.name);
  }

  /** The values to send, or the first error: an added option without a value, or an error of `readAll`. */
  read() {
    // As in Discord: an option that was added but left empty is an error, not silently omitted.
    const empty = this.shown.find((option) => this.entry(option).text === '');
    if (empty) return { error: `“${labelOf(empty)}” is empty. Fill it in or remove it.`, option: empty };
    return readAll(this.command, this.#entries);
  }

  /** The values for the bot's autocomplete of this option. */
  readFor(option) {
    return { [option.name]: '', ...readPartly(this.command, this.#entries) };
  }
}
