import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as commands from '../../sandbox/page/lib/commands.js';
import { Draft } from '../../sandbox/page/lib/draft.js';

const PROMPT = {
  name: 'prompt',
  type: 3,
  required: true,
  description: 'What to hear',
  min_length: 2,
  max_length: 20,
};
const MOOD = {
  name: 'mood',
  type: 3,
  choices: [
    { name: 'Dark', value: 'd' },
    { name: 'Bright', value: 'b' },
  ],
};
const BPM = { name: 'bpm', type: 4, min_value: 40, max_value: 240 };
const VOICE = { name: 'voice', type: 5 };
const FILE = { name: 'sample', type: 11 };
const REGISTERED = [
  { name: 'compose', description: 'Make a song', options: [MOOD, PROMPT, BPM, VOICE, FILE], contexts: [0] },
  {
    name: 'job',
    description: 'Jobs',
    options: [
      {
        type: 1,
        name: 'status',
        description: 'How it goes',
        options: [{ name: 'job_id', type: 3, required: true }],
      },
      { type: 2, name: 'all', options: [{ type: 1, name: 'stop', description: 'Stop all' }] },
    ],
  },
  { name: 'Compose from this', type: 3 },
];
const flat = commands.flatten(REGISTERED);
const named = (name) => flat.find((command) => command.name === name);
const read = (option, text) => commands.readOption(option, { text });

test('sub-commands and groups are flattened into commands', () => {
  assert.deepEqual(
    flat.map(({ name }) => name),
    ['compose', 'job status', 'job all stop', 'Compose from this'],
  );
});

test('commands, options and choices are found in the reader\u2019s language, and sent in English', () => {
  const german = (text) => ({ name_localizations: { de: text }, description_localizations: { de: text } });
  const mood = { ...MOOD, ...german('stimmung'), choices: [{ name: 'Dark', value: 'd', name_localizations: { de: 'Dunkel' } }] };
  const registered = [{ name: 'job', ...german('auftrag'), options: [{ type: 1, name: 'status', options: [mood] }] }];
  const flatGerman = commands.flatten(registered, 'de');
  const { command, rest } = commands.splitLine(flatGerman, '/auftrag status x');
  assert.deepEqual([command.name, command.label, rest], ['job status', 'auftrag status', 'x']);
  assert.equal(commands.splitLine(flatGerman, '/job status x').command, command);
  assert.equal(commands.labelOf(command.options[0]), 'stimmung');
  assert.deepEqual(commands.readAll(command, new Map([['mood', { text: 'dunkel' }]])), { options: { mood: 'd' } });
});

test('typed and menu commands are separate, and limited to their contexts', () => {
  const names = (list) => list.map(({ name }) => name);
  assert.deepEqual(names(commands.slashCommands(flat, { context: 0 })), [
    'compose',
    'job status',
    'job all stop',
  ]);
  assert.deepEqual(names(commands.slashCommands(flat, { context: 1 })), ['job status', 'job all stop']);
  assert.deepEqual(names(commands.messageCommands(flat, { context: 0 })), ['Compose from this']);
});

test('a search ranks prefix matches first and includes descriptions', () => {
  assert.deepEqual(
    commands.search(flat, 'st').map(({ name }) => name),
    ['job all stop', 'job status'],
  );
  assert.equal(commands.search(flat, 'make')[0].name, 'compose');
  assert.equal(commands.search(flat, '').length, flat.length);
  assert.deepEqual(commands.search(flat, 'nothing like it'), []);
});

test('a line is split only after a complete command name', () => {
  assert.equal(commands.splitLine(flat, '/compose'), null);
  assert.equal(commands.splitLine(flat, '/job sta'), null);
  assert.equal(commands.splitLine(flat, 'compose a song'), null);
  const { command, rest } = commands.splitLine(flat, '/compose a trap song');
  assert.deepEqual([command.name, rest], ['compose', 'a trap song']);
  assert.equal(commands.splitLine(flat, '/Job Status abc').rest, 'abc');
});

test('the main option is the first required text option', () => {
  assert.equal(commands.mainOption(named('compose')), PROMPT);
  assert.equal(commands.mainOption(named('job all stop')), null);
  assert.deepEqual(commands.sideOptions(named('compose')), [MOOD, BPM, VOICE, FILE]);
});

test('options typed as name:value leave the text, each with its value up to the next name', () => {
  const split = (text) => {
    const { rest, typed } = commands.splitOptions(named('compose'), text);
    return [rest, ...typed.map(({ option, text: value }) => `${option.name}=${value}`)];
  };
  assert.deepEqual(split('a song voice:True'), ['a song', 'voice=true']);
  assert.deepEqual(split('mood:Dark bpm:90 and rain prompt:at night'), ['and rain at night', 'mood=Dark', 'bpm=90']);
  assert.deepEqual(split('a song mood:'), ['a song', 'mood=']);
  for (const text of ['Mood: dark', 'a key:value pair', 'https://mood:1', 'prompt', 'sample:x'])
    assert.deepEqual(split(text), [text]);
});

test('a name is known in the reader\u2019s language too, in the field of any option', () => {
  const voice = { ...VOICE, label: 'stimme' };
  const command = { ...named('compose'), options: [MOOD, PROMPT, voice] };
  const { rest, typed } = commands.splitOptions(command, 'Dark stimme:false', MOOD);
  assert.deepEqual([rest, typed[0].option.name, typed[0].text], ['Dark', 'voice', 'false']);
});

test('the default command is compose, or else one with a required text', () => {
  assert.equal(commands.wordCommand(flat).name, 'compose');
  assert.equal(commands.wordCommand(flat.slice(1)).name, 'job status');
  assert.equal(commands.wordCommand([]), null);
});

test('a file is read as chosen, and left out of autocompletion', () => {
  const entry = { text: 'a.json', value: { filename: 'a.json', content_type: '', content: 'e30=' } };
  assert.deepEqual(commands.readOption(FILE, entry), { value: entry.value });
  const entries = new Map([['sample', entry]]);
  assert.deepEqual(commands.readPartly(named('compose'), entries), {});
});

test('values are parsed by the type of their option', () => {
  assert.deepEqual(read(PROMPT, 'a song'), { value: 'a song' });
  assert.deepEqual(read(MOOD, 'dark'), { value: 'd' });
  assert.deepEqual(read(BPM, ' 140'), { value: 140 });
  assert.deepEqual(read({ ...BPM, type: 10 }, '99,5'), { value: 99.5 });
  assert.deepEqual(read(VOICE, 'false'), { value: false });
  assert.equal(read(MOOD, ''), null);
});

test('validation errors contain the name of the option', () => {
  assert.match(read(PROMPT, '').error, /“prompt” is required/);
  assert.match(read(PROMPT, 'a').error, /at least 2/);
  assert.match(read(PROMPT, 'a'.repeat(21)).error, /has 21 characters; the limit is 20/);
  assert.match(read(MOOD, 'odd').error, /one of its choices/);
  assert.match(read(BPM, 'fast').error, /whole number/);
  assert.match(read(BPM, '1e3').error, /whole number/);
  assert.match(read(BPM, '20').error, /at least 40/);
  assert.match(read(BPM, '999').error, /at most 240/);
});

test('lengths are counted in characters, not in UTF-16 units', () => {
  assert.deepEqual(read({ ...PROMPT, max_length: 2 }, '🎵🎵'), { value: '🎵🎵' });
});

test('a draft has required options, and others can be added and removed', () => {
  const draft = new Draft(named('compose'));
  assert.deepEqual(draft.shown, []);
  draft.show(BPM);
  draft.show(BPM);
  draft.show(PROMPT);
  draft.set(BPM, { text: '140' });
  assert.deepEqual(draft.shown, [BPM], 'once, and never the one that is typed into the line');
  assert.deepEqual(draft.hidden, [MOOD, VOICE, FILE]);
  draft.hide(BPM);
  assert.equal(draft.entry(BPM).text, '');
});

test('a draft returns all values, or the first error', () => {
  const draft = new Draft(named('compose'));
  assert.equal(draft.read().option, PROMPT);
  draft.set(PROMPT, { text: 'a waltz' });
  draft.set(BPM, { text: '90' });
  assert.deepEqual(draft.read(), { options: { prompt: 'a waltz', bpm: 90 } });
});

test('a choice of the bot is sent by value, and as text once edited', () => {
  const draft = new Draft(named('job status'));
  draft.set(draft.main, { text: 'Midnight Grid', value: '81fa5ff7' });
  assert.deepEqual(draft.read().options, { job_id: '81fa5ff7' });
  draft.set(draft.main, { text: 'Midnight' });
  assert.deepEqual(draft.readFor(draft.main), { job_id: 'Midnight' });
});
