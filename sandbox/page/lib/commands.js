// Parses and validates slash commands: registered commands and typed text in, plain objects out. Pure.
//
// A command here is flat: {name: 'job status', label, description, options, type, contexts}, sub-commands by their full
// name. Labels and descriptions are in the reader's language; what is sent has the English names.

export const OPTION = {
  text: 3,
  integer: 4,
  boolean: 5,
  user: 6,
  channel: 7,
  role: 8,
  mentionable: 9,
  number: 10,
  file: 11,
};
export const MESSAGE_COMMAND = 3;

const ONE_WORD = new Set([OPTION.integer, OPTION.number, OPTION.boolean]);
const GROUPS = new Set([1, 2]);
const CHAT_INPUT = 1;
const DEFAULT_CHOICE_LIMIT = 25;

/** Registered commands with each sub-command as a command of its own, in the language `locale`. */
export function flatten(commands, locale = 'en-US') {
  return commands.flatMap((command) => {
    const root = { ...command, type: command.type ?? CHAT_INPUT };
    return flattenOne(localised(command, locale), root, locale);
  });
}

function flattenOne(command, root, locale, parent = null) {
  const name = parent ? `${parent.name} ${command.name}` : command.name;
  const label = parent ? `${parent.label} ${labelOf(command)}` : labelOf(command);
  const options = (command.options ?? []).map((option) => localised(option, locale));
  const groups = options.filter((option) => GROUPS.has(option.type));
  if (groups.length) return groups.flatMap((group) => flattenOne(group, root, locale, { name, label }));
  return [
    {
      name,
      label,
      description: command.description ?? '',
      options,
      type: root.type,
      contexts: root.contexts ?? null,
    },
  ];
}

/** The name of a command or option in the reader's language. */
export function labelOf({ label, name }) {
  return label ?? name;
}

/** A command or option with its label, description and choices in a language; as registered if it has no translation. */
function localised(part, locale) {
  if (!part.description_localizations?.[locale] && !part.name_localizations?.[locale]) return part;
  const choices = part.choices?.map((choice) => ({
    ...choice,
    name: choice.name_localizations?.[locale] ?? choice.name,
  }));
  return {
    ...part,
    label: part.name_localizations?.[locale] ?? part.name,
    description: part.description_localizations?.[locale] ?? part.description,
    ...(choices && { choices }),
  };
}

/** The slash commands of a context: 0 is a server, 1 a direct message with the bot. */
export function slashCommands(commands, { context }) {
  return commands.filter((command) => command.type === CHAT_INPUT && isAllowed(command, context));
}

/** The commands of a message's context menu. */
export function messageCommands(commands, { context }) {
  return commands.filter((command) => command.type === MESSAGE_COMMAND && isAllowed(command, context));
}

function isAllowed(command, context) {
  return command.contexts === null || command.contexts.includes(context);
}

/** The commands that match a partial name: prefix matches first, then matches anywhere. */
export function search(commands, query) {
  const wanted = query.trim().toLowerCase();
  const rank = ({ label }) => {
    if (label.startsWith(wanted)) return 0;
    return label.split(' ').some((word) => word.startsWith(wanted)) ? 1 : 2;
  };
  return commands
    .filter(
      ({ label, description }) =>
        label.includes(wanted) || (wanted.length > 2 && description.toLowerCase().includes(wanted)),
    )
    .sort((left, right) => rank(left) - rank(right) || left.label.localeCompare(right.label));
}

/** The command whose full name a line starts with, and the text after it; null while the name is incomplete. */
export function splitLine(commands, line) {
  const match = /^\/(.*)$/s.exec(line);
  if (!match) return null;
  const found = commands
    .flatMap((command) => [command.label, command.name].map((name) => ({ command, name })))
    .filter(({ name }) => startsWithName(match[1], name))
    .sort((left, right) => right.name.length - left.name.length)[0];
  return found ? { command: found.command, rest: match[1].slice(found.name.length).trimStart() } : null;
}

function startsWithName(typed, name) {
  return typed.toLowerCase().startsWith(name.toLowerCase()) && /^\s/.test(typed.slice(name.length));
}

/** The option that gets the text after the name: the first required text option, else the first one; may be null. */
export function mainOption(command) {
  const free = command.options.filter((option) => option.type === OPTION.text && !option.choices?.length);
  return free.find((option) => option.required) ?? free[0] ?? null;
}

/**
 * Splits a text at the options that are typed into it as `name:value`, by their name in the reader's language or in English.
 *
 * A value ends before the next name. Of an option that takes one word, it is that word, and the rest belongs to `into`.
 *
 * @param {object} command
 * @param {string} text
 * @param {object | null} into the option whose text it is
 * @returns {{rest: string, typed: Array<{option: object, text: string}>}} `rest` is the text of `into`
 */
export function splitOptions(command, text, into = mainOption(command)) {
  const byName = new Map(
    command.options.flatMap((option) => [
      [option.name, option],
      [labelOf(option), option],
    ]),
  );
  const names = [...text.matchAll(/(?<!\S)([^\s:]+):/g)].filter(
    ([, name]) => byName.has(name) && byName.get(name).type !== OPTION.file,
  );
  if (names.length === 0) return { rest: text, typed: [] };
  const rest = [text.slice(0, names[0].index)];
  const typed = [];
  names.forEach((name, index) => {
    const option = byName.get(name[1]);
    const value = text.slice(name.index + name[0].length, names[index + 1]?.index).trim();
    const [word, others = ''] = ONE_WORD.has(option.type) ? splitWord(value) : [value];
    if (option === into) rest.push(value);
    else typed.push({ option, text: option.type === OPTION.boolean ? word.toLowerCase() : word });
    rest.push(others);
  });
  return { rest: rest.map((part) => part.trim()).filter(Boolean).join(' '), typed };
}

function splitWord(value) {
  const at = value.search(/\s/);
  return at < 0 ? [value] : [value.slice(0, at), value.slice(at)];
}

/** The default command for plain text: `compose` if it has a text option, else the first that requires one. */
export function wordCommand(commands) {
  const takers = commands.filter(mainOption);
  return (
    takers.find(({ name }) => name === 'compose') ?? takers.find((taker) => mainOption(taker).required) ?? null
  );
}

/** The other options, required ones first. */
export function sideOptions(command) {
  const main = mainOption(command);
  const others = command.options.filter((option) => option !== main);
  return [...others.filter((option) => option.required), ...others.filter((option) => !option.required)];
}

/**
 * Parses and validates the entry of an option.
 *
 * @param {object} option as registered
 * @param {{text: string, value?: unknown}} entry what was typed, and the value where a choice was taken
 * @returns {{value: unknown} | {error: string} | null} null for an empty optional entry
 */
export function readOption(option, entry) {
  const text = entry?.text ?? '';
  if (text === '') return option.required ? { error: `“${labelOf(option)}” is required.` } : null;
  if (option.choices?.length) return readChoice(option, text);
  if (entry.value !== undefined) return { value: entry.value };
  switch (option.type) {
    case OPTION.text:
      return checkLength(option, text);
    case OPTION.integer:
      return checkRange(option, /^[+-]?\d{1,15}$/.test(text.trim()) ? Number(text) : NaN, 'a whole number');
    case OPTION.number:
      return checkRange(option, text.trim() === '' ? NaN : Number(text.replace(',', '.')), 'a number');
    case OPTION.boolean:
      return { value: text === 'true' };
    case OPTION.user:
    case OPTION.channel:
    case OPTION.role:
    case OPTION.mentionable:
      return { error: `“${labelOf(option)}” must be from its list.` };
    default:
      return { value: text };
  }
}

function readChoice(option, text) {
  const wanted = text.trim().toLowerCase();
  const choice = option.choices.find(
    ({ name, value }) => name.toLowerCase() === wanted || String(value).toLowerCase() === wanted,
  );
  return choice ? { value: choice.value } : { error: `“${labelOf(option)}” must be one of its choices.` };
}

function checkLength(option, text) {
  const length = [...text].length;
  const { min_length: least = 0, max_length: most = 6000 } = option;
  if (length < least) return { error: `“${labelOf(option)}” needs at least ${least} characters.` };
  if (length > most) return { error: `“${labelOf(option)}” has ${length} characters; the limit is ${most}.` };
  return { value: text };
}

function checkRange(option, value, kind) {
  const { min_value: least = -Infinity, max_value: most = Infinity } = option;
  if (!Number.isFinite(value)) return { error: `“${labelOf(option)}” must be ${kind}.` };
  if (value < least) return { error: `“${labelOf(option)}” must be at least ${least}.` };
  if (value > most) return { error: `“${labelOf(option)}” must be at most ${most}.` };
  return { value };
}

/**
 * All values, ready to send, or the first error with its option.
 *
 * @param {object} command
 * @param {Map<string, {text: string, value?: unknown}>} entries by option name
 * @returns {{options: object} | {error: string, option: object}}
 */
export function readAll(command, entries) {
  const options = {};
  for (const option of command.options) {
    const read = readOption(option, entries.get(option.name));
    if (read?.error) return { error: read.error, option };
    if (read) options[option.name] = read.value;
  }
  return { options };
}

/** The values so far, for the bot's autocomplete: a value that cannot be parsed yet stays text. */
export function readPartly(command, entries) {
  const options = {};
  for (const option of command.options) {
    const entry = entries.get(option.name);
    if (entry?.text && option.type !== OPTION.file) options[option.name] = readOption(option, entry)?.value ?? entry.text;
  }
  return options;
}

/** The choices of an option that match a partial text. */
export function matchingChoices(choices, text) {
  const wanted = text.trim().toLowerCase();
  return choices.filter(({ name }) => name.toLowerCase().includes(wanted)).slice(0, DEFAULT_CHOICE_LIMIT);
}
