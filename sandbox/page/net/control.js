// Client of the control room's API: a stream of states, switches, speed and actions.

const RECONNECT_MS = 1_500;

/** Fires `state` (detail: the newest one) and `error` (detail: a message for people). */
export class Control extends EventTarget {
  #makeSocket;
  #fetch;

  /** The newest state; null before the first. */
  state = null;

  /** When `state` was received, in seconds of `performance.now()`. */
  #receivedAtS = 0;

  /** @param {(path: string) => WebSocket} [makeSocket] @param {typeof fetch} [fetch_] */
  constructor(makeSocket = openSocket, fetch_ = (...args) => globalThis.fetch(...args)) {
    super();
    this.#makeSocket = makeSocket;
    this.#fetch = fetch_;
  }

  /** The simulator's current time, in the seconds that the states use. */
  nowS() {
    return this.state.now + performance.now() / 1000 - this.#receivedAtS;
  }

  /** Opens the stream, and reopens it whenever it closes. */
  follow() {
    const socket = this.#makeSocket('/control/events');
    socket.addEventListener('message', ({ data }) => {
      this.state = JSON.parse(data);
      this.#receivedAtS = performance.now() / 1000;
      this.#emit('state', this.state);
    });
    socket.addEventListener('close', () => setTimeout(() => this.follow(), RECONNECT_MS));
  }

  setSwitch(name, isOn) {
    return this.#post(`/control/switches/${encodeURIComponent(name)}`, { on: isOn });
  }

  setSpeed(speed) {
    return this.#post('/control/speed', { speed });
  }

  runAction(name) {
    return this.#post(`/control/actions/${encodeURIComponent(name)}`, {});
  }

  async #post(path, body) {
    const headers = { 'content-type': 'application/json' };
    try {
      const answer = await this.#fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
      if (!answer.ok) throw new Error((await answer.json()).error);
    } catch (error) {
      this.#emit('error', error.message || 'The demo isn’t responding. Is it still running?');
    }
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

function openSocket(path) {
  const url = new URL(path, location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return new WebSocket(url);
}
