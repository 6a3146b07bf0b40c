// A command while it is being filled in. Pure.

import { mainOption, readAll, readPartly, sideOptions } from './commands.js';

const EMPTY = { text: '' };

export class Draft {
  #entries = new Map();

  /** @param {object} command a flat command of `commands.js` */
  constructor(command) {
    this.command = command;
    /** The option that takes the words after the name; may be null. */
    this.main = mainOption(command);
    /** The options that have a field of their own, in the order they came. */
    this.shown = sideOptions(command).filter(({ required }) => required);
  }

  get name() {
    return this.command.name;
  }

  /** The options that could still be added. */
  get hidden() {
    return sideOptions(this.command).filter((option) => !this.shown.includes(option));
  }

  /** What an option's field holds. */
  entry(option) {
    return this.#entries.get(option.name) ?? EMPTY;
  }

  /** @param {object} option @param {{text: string, value?: unknown}} entry */
  set(option, entry) {
    this.#entries.set(option.name, entry);
  }

  /** Gives an option a field, unless it has one. */
  show(option) {
    if (option !== this.main && !this.shown.includes(option)) this.shown.push(option);
  }

  /** Takes an optional option off again. */
  hide(option) {
    this.shown = this.shown.filter((shown) => shown !== option);
    this.#entries.delete(option.name);
  }

  /** What to send, or the first fault: an added option without a value, or what `readAll` finds. */
  read() {
    // As in Discord: an option that was added and not filled would otherwise be left out without a word.
    const empty = this.shown.find((option) => this.entry(option).text === '');
    if (empty) return { error: `“${empty.name}” is empty: fill it in, or take it off.`, option: empty };
    return readAll(this.command, this.#entries);
  }

  /** What to ask the bot's autocomplete with, while this option is being typed. */
  readFor(option) {
    return { [option.name]: '', ...readPartly(this.command, this.#entries) };
  }
}
