// The control room's stream of states, and what one may do there.

const AGAIN_MS = 1_500;

/** Fires `state` (detail: the newest one) and `trouble` (detail: a sentence for people). */
export class Control extends EventTarget {
  #makeSocket;
  #fetch;

  /** The newest state; null before the first. */
  state = null;

  /** When that came, in seconds of `performance.now()`. */
  #cameAtS = 0;

  /** @param {(path: string) => WebSocket} [makeSocket] @param {typeof fetch} [fetch_] */
  constructor(makeSocket = openSocket, fetch_ = (...args) => globalThis.fetch(...args)) {
    super();
    this.#makeSocket = makeSocket;
    this.#fetch = fetch_;
  }

  /** The simulator's time now, in the seconds that the states count in. */
  nowS() {
    return this.state.now + performance.now() / 1000 - this.#cameAtS;
  }

  /** Follows the stream from now on; comes back by itself after every cut. */
  follow() {
    const socket = this.#makeSocket('/control/events');
    socket.addEventListener('message', ({ data }) => {
      this.state = JSON.parse(data);
      this.#cameAtS = performance.now() / 1000;
      this.#tell('state', this.state);
    });
    socket.addEventListener('close', () => setTimeout(() => this.follow(), AGAIN_MS));
  }

  turn(name, isOn) {
    return this.#post(`/control/switches/${encodeURIComponent(name)}`, { on: isOn });
  }

  setSpeed(speed) {
    return this.#post('/control/speed', { speed });
  }

  act(name) {
    return this.#post(`/control/acts/${encodeURIComponent(name)}`, {});
  }

  async #post(path, body) {
    const headers = { 'content-type': 'application/json' };
    try {
      const answer = await this.#fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
      if (!answer.ok) throw new Error((await answer.json()).error);
    } catch (error) {
      this.#tell('trouble', error.message || 'The demo does not answer. Is it still running?');
    }
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

function openSocket(path) {
  const url = new URL(path, location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return new WebSocket(url);
}
