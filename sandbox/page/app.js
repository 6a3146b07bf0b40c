// Creates the session and the views, connects their events, and keeps the URL's hash in step.

import { refreshRelativeTimes } from './lib/time.js';
import { icon } from './lib/icons.js';
import { Api } from './net/api.js';
import { Control } from './net/control.js';
import { Interactions } from './net/interactions.js';
import { EventStream } from './net/event_stream.js';
import { Session } from './session.js';
import { Announcer } from './view/announcer.js';
import { Composer } from './view/composer.js';
import { ControlRoom } from './view/control_room.js';
import { Drawer } from './view/drawer.js';
import { Help } from './view/help.js';
import { Log } from './view/log.js';
import { choiceKey } from './view/message.js';
import { openModal } from './view/modal.js';
import { Sidebar } from './view/sidebar.js';
import { Players } from './view/player.js';
import { ThemeSwitch } from './view/theme_switch.js';
import { toast } from './view/toast.js';
import { Topbar } from './view/topbar.js';

const RETRY_MS = 2_000;

function main() {
  for (const element of document.querySelectorAll('[data-icon]')) element.append(icon(element.dataset.icon));
  const api = new Api();
  const live = new EventStream();
  const interactions = new Interactions(api);
  const session = new Session({ api, live, interactions, storage: sessionStorage });
  const drawer = new Drawer();
  const composer = new Composer({ session });
  const help = new Help({ composer, storage: sessionStorage });
  const names = namesOf(session, composer, (id) => log.jumpTo(id));
  const log = new Log({
    session,
    context: rowContext(session, names, () => log.draw()),
    welcome: (place) => help.welcome(place),
  });
  new Topbar({ session });
  new ThemeSwitch({ storage: localStorage });
  new Announcer({ session });
  new Sidebar({
    session,
    onOpen: (channelId) => void session.open(channelId),
    onDirect: () => void session.openDirect().catch((error) => toast(error.message)),
  });
  interactions.addEventListener('modal', ({ detail }) =>
    openModal(detail, { names, session, submit: (fields) => session.submitModal(detail, fields) }),
  );
  session.addEventListener('sent', () => help.dismissTip());
  session.addEventListener('error', ({ detail }) => toast(detail));
  session.addEventListener('place', () => {
    drawer.close();
    writeAddress(session);
  });
  addEventListener('hashchange', () => followAddress(session));
  document.addEventListener('visibilitychange', () => document.hidden || live.reconnectNow());
  refreshRelativeTimes(document.getElementById('log'));
  const control = new Control();
  control.addEventListener('state', ({ detail: { speed } }) => help.update({ speed }));
  const controlRoom = new ControlRoom({ control, storage: sessionStorage });
  control.addEventListener('error', ({ detail }) => toast(detail));
  api.about().then(
    (about) => {
      help.update(about);
      if (about.control) controlRoom.begin();
    },
    () => {},
  );
  start(session);
}

/** Opens the user and channel in the URL's hash; retries while the stand-in does not answer. */
async function start(session) {
  try {
    await session.start(readAddress());
    document.body.classList.add('is-ready');
  } catch (error) {
    toast(error.message);
    setTimeout(() => start(session), RETRY_MS);
  }
}

function namesOf(session, composer, jumpTo) {
  return {
    user: (id) => session.nameOf(id),
    role: (id) => session.roleName(id),
    channel: (id) => session.channelName(id),
    isDirect: (id) => session.world.dm?.channel_id === id,
    openChannel: async (channelId, messageId = null) => {
      if (channelId !== session.channelId) await session.open(channelId);
      if (messageId) jumpTo(messageId);
    },
    useCommand: (name) => composer.begin(name),
  };
}

/** State and actions that the message rows share; `redraw` is called when `busy` or `faults` changes. */
function rowContext(session, names, redraw) {
  const busy = new Set();
  const faults = new Map();
  const chosen = new Map();
  const press = async (message, component, values) => {
    const key = `${message.id} ${component.custom_id}`;
    busy.add(key);
    if (values) chosen.set(choiceKey(message, component), values);
    faults.delete(message.id);
    redraw();
    const fault = await session.press(message, component, values);
    busy.delete(key);
    if (fault) faults.set(message.id, fault);
    redraw();
  };
  const runOnMessage = (message, name) =>
    void session.command(name, { targetId: message.id }).catch((error) => toast(error.message));
  return { session, names, players: new Players(), busy, chosen, faults, press, runOnMessage };
}

/** The URL's hash: the user's ID, a slash, the channel's ID. */
function readAddress() {
  const [userId, channelId] = location.hash.slice(1).split('/');
  return { userId: userId || null, channelId: channelId || null };
}

function writeAddress(session) {
  const address = `#${session.userId}/${session.channelId ?? ''}`;
  if (location.hash !== address) history.replaceState(null, '', address);
}

async function followAddress(session) {
  const { userId, channelId } = readAddress();
  if (!channelId) return;
  if (userId === session.userId && session.place(channelId)) await session.open(channelId);
  else await session.start({ userId, channelId });
}

main();
