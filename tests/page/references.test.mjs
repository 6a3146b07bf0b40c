import assert from 'node:assert/strict';
import { test } from 'node:test';

import { kindsOfOption, kindsOfSelect, matching, referable, membership } from '../../sandbox/page/lib/references.js';

const WORLD = {
  bot: { id: '9', username: 'whisul', global_name: 'Whisul' },
  users: [
    { id: '1', username: 'ada', global_name: 'Ada', colour: '#e91e63' },
    { id: '2', username: 'bela', global_name: 'Béla', colour: '#1abc9c' },
    { id: '3', username: 'eve', global_name: 'Eve', colour: '#9b59b6' },
  ],
};
const GUILD = {
  owner_id: '1',
  roles: [
    { id: '7', name: '@everyone' },
    { id: '8', name: 'DJs' },
  ],
  members: [
    { id: '1', role_ids: [] },
    { id: '2', role_ids: ['8'] },
    { id: '9', role_ids: [] },
  ],
  channels: [
    { id: '4', name: 'music', type: 0, bot_can_write: true },
    { id: '5', name: 'jam', type: 11, bot_can_write: true },
    { id: '6', name: 'vault', type: 0, bot_can_write: false },
  ],
};
const labels = (kinds, guild = GUILD, channelTypes = []) =>
  referable({ kinds, world: WORLD, guild, channelTypes }).map(({ label }) => label);

test('in a group only its people are offered', () => {
  const found = referable({ kinds: ['user', 'role', 'channel'], world: WORLD, guild: null, memberIds: ['1', '3'] });
  assert.deepEqual(found.map(({ label }) => label), ['Ada', 'Eve']);
});

test('options and selects have their kinds of reference', () => {
  assert.deepEqual(
    [6, 7, 8, 9, 3].map((type) => kindsOfOption({ type })),
    [['user'], ['channel'], ['role'], ['user', 'role'], []],
  );
  assert.deepEqual(
    [5, 6, 7, 8, 3].map((type) => kindsOfSelect({ type })),
    [['user'], ['role'], ['user', 'role'], ['channel'], []],
  );
});

test('in a server its members, roles and channels can be referred to', () => {
  assert.deepEqual(labels(['user']), ['Ada', 'Béla', 'Whisul']);
  assert.deepEqual(labels(['user', 'role']), ['Ada', 'Béla', 'Whisul', '@everyone', '@DJs']);
  assert.deepEqual(labels(['channel']), ['#music', 'jam', '#vault']);
  assert.deepEqual(labels(['channel'], GUILD, [11]), ['jam']);
  assert.deepEqual(labels(['channel'], GUILD, null), ['#music', 'jam', '#vault']);
});

test('a channel without write permission for the bot says so', () => {
  const [, , vault] = referable({ kinds: ['channel'], world: WORLD, guild: GUILD });
  assert.match(vault.description, /can’t post/);
});

test('in direct messages only users can be referred to', () => {
  assert.deepEqual(labels(['user', 'role', 'channel'], null), ['Ada', 'Béla', 'Eve', 'Whisul']);
});

test('a partial name ranks prefix matches first', () => {
  const known = referable({ kinds: ['user', 'role'], world: WORLD, guild: GUILD });
  const found = (text) => matching(known, text).map(({ label }) => label);
  assert.deepEqual(found('b'), ['Béla']);
  assert.deepEqual(found('i'), ['Whisul'], 'inside of a name too');
  assert.deepEqual(found('@dj'), ['@DJs']);
  assert.deepEqual(found('bela'), ['Béla'], 'by the user name too');
  assert.equal(found('').length, known.length);
});

test('the membership of a user is described in words', () => {
  assert.deepEqual(
    ['1', '2', '9', '3'].map((id) => membership(GUILD, id)),
    ['owner', 'DJs', 'no role', 'not in this server'],
  );
  assert.equal(membership(null, '1'), '');
});
