import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Api, ApiError } from '../../sandbox/page/net/api.js';
import { Interactions } from '../../sandbox/page/net/interactions.js';
import { EventStream } from '../../sandbox/page/net/event_stream.js';

class FakeSocket extends EventTarget {
  constructor(path) {
    super();
    this.path = path;
    this.isClosed = false;
  }

  close() {
    this.isClosed = true;
    this.dispatchEvent(new Event('close'));
  }

  say(data) {
    this.dispatchEvent(new MessageEvent('message', { data }));
  }
}

/** A stream with its sockets, its pending retries and what it told, all in the open. */
function followed(userId) {
  const [sockets, retries, told] = [[], [], []];
  const makeSocket = (path) => {
    sockets.push(new FakeSocket(path));
    return sockets.at(-1);
  };
  const live = new EventStream(makeSocket, (call, ms) => retries.push({ call, ms }));
  live.addEventListener('event', ({ detail }) => told.push(detail));
  live.addEventListener('status', ({ detail }) => told.push(detail.isReturn ? 'returned' : detail.state));
  live.follow(userId);
  return { live, sockets, retries, told };
}

test('only events are dispatched to the page', () => {
  const { sockets, told } = followed('7');
  assert.equal(sockets[0].path, '/page/events?user_id=7');
  sockets[0].dispatchEvent(new Event('open'));
  for (const data of ['{"type": "world"}', 'not json', 'null', '{"no": "type"}']) sockets[0].say(data);
  assert.deepEqual(told, ['online', { type: 'world' }]);
});

test('a lost connection is reported, reopened, and reported as a return', () => {
  const { sockets, retries, told } = followed('7');
  sockets[0].dispatchEvent(new Event('open'));
  sockets[0].close();
  retries[0].call();
  sockets[1].dispatchEvent(new Event('open'));
  assert.deepEqual(told, ['online', 'offline', 'returned']);
});

test('retries back off within bounds', () => {
  const { sockets, retries } = followed('7');
  for (let round = 0; round < 9; round += 1) {
    sockets.at(-1).close();
    retries.at(-1).call();
  }
  assert.ok(retries[3].ms > retries[0].ms * 3);
  assert.ok(retries.every(({ ms }) => ms <= 10_000));
});

test('after a change of user the end of the old stream is ignored', () => {
  const { live, sockets, retries, told } = followed('7');
  sockets[0].dispatchEvent(new Event('open'));
  live.follow('8');
  assert.ok(sockets[0].isClosed);
  sockets[0].say('{"type": "world"}');
  assert.deepEqual([told, retries.length, sockets[1].path], [['online'], 0, '/page/events?user_id=8']);
});

/** Interactions whose POST is answered when `answer` is called. */
function asking() {
  const waiting = [];
  const bodies = [];
  const interact = (body) => {
    bodies.push(body);
    return new Promise((resolve) => waiting.push(resolve));
  };
  return { interactions: new Interactions({ interact }), answer: (id) => waiting.shift()(id), bodies };
}

test('an acknowledgement settles its own interaction only', async () => {
  const { interactions, answer } = asking();
  const [first, second] = [interactions.send({}), interactions.send({})];
  answer('1');
  answer('2');
  await Promise.resolve();
  interactions.receive({ type: 'interaction', interaction_id: '2', state: 'failed', reason: 'silence' });
  interactions.receive({ type: 'interaction', interaction_id: '1', state: 'acknowledged' });
  assert.equal((await first).state, 'acknowledged');
  assert.equal((await second).reason, 'silence');
});

test('an event that arrives before its response is not lost', async () => {
  const { interactions, answer } = asking();
  const modals = [];
  interactions.addEventListener('modal', ({ detail }) => modals.push(detail.title));
  const sent = interactions.send({});
  interactions.receive({ type: 'modal', interaction_id: '1', title: 'Compose' });
  interactions.receive({ type: 'interaction', interaction_id: '1', state: 'acknowledged' });
  answer('1');
  assert.equal((await sent).state, 'acknowledged');
  assert.deepEqual(modals, ['Compose']);
});

test('a modal of another tab is ignored', () => {
  const { interactions } = asking();
  interactions.addEventListener('modal', () => assert.fail('not ours'));
  assert.equal(interactions.receive({ type: 'modal', interaction_id: '5' }), true);
  assert.equal(interactions.receive({ type: 'message_create' }), false);
});

test('suggestions are the bot’s choices, or none', async () => {
  const { interactions, answer } = asking();
  const [good, failed] = [interactions.suggest({}), interactions.suggest({})];
  answer('1');
  answer('2');
  interactions.receive({ type: 'autocomplete', interaction_id: '1', choices: [{ name: 'a', value: 'b' }] });
  interactions.receive({ type: 'interaction', interaction_id: '2', state: 'failed' });
  assert.deepEqual(await good, [{ name: 'a', value: 'b' }]);
  assert.deepEqual(await failed, []);
});

const answering = (status, body) => new Api(async () => new Response(body, { status }));

test('a refusal is an ApiError with the stand-in’s message', async () => {
  await assert.rejects(
    answering(400, '{"error": "You cannot see this channel."}').world('1'),
    new ApiError('You cannot see this channel.'),
  );
});

test('an unreadable or missing response is an ApiError', async () => {
  await assert.rejects(answering(502, '<html>').about(), ApiError);
  await assert.rejects(answering(200, '<html>').about(), ApiError);
  await assert.rejects(new Api(() => Promise.reject(new TypeError('refused'))).about(), /isn’t responding/);
});

test('each request uses its route of the page API', async () => {
  const asked = [];
  const api = new Api(async (path, init) => {
    asked.push([path, init.method ?? 'GET', init.body ?? null]);
    return new Response('{"interaction_id": "3"}');
  });
  await api.world('a b');
  await api.world(null);
  await api.commands('4', '6');
  await api.openDirect('6');
  await api.setBot('7', '6', true);
  await api.messages('5', '6');
  assert.equal(await api.interact({ type: 'button' }), '3');
  assert.deepEqual(asked, [
    ['/page/world?user_id=a%20b', 'GET', null],
    ['/page/world', 'GET', null],
    ['/page/commands?channel_id=4&user_id=6', 'GET', null],
    ['/page/dm?user_id=6', 'POST', '{}'],
    ['/page/guilds/7/bot?user_id=6', 'POST', '{"here":true}'],
    ['/page/channels/5/messages?user_id=6', 'GET', null],
    ['/page/interactions', 'POST', '{"type":"button"}'],
  ]);
});
