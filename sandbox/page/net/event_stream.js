// The WebSocket of page events, with reconnection and exponential back-off.

const FIRST_DELAY_MS = 400;
const MAX_DELAY_MS = 8_000;

/**
 * Fires `event` (detail: what the server sent) and `status` (detail: the state 'online' | 'offline', `isReturn` after a loss).
 */
export class EventStream extends EventTarget {
  #makeSocket;
  #setTimer;
  #socket = null;
  #timer = null;
  #userId = null;
  #failures = 0;
  #wasOnline = false;

  /**
   * @param {(path: string) => WebSocket} [makeSocket]
   * @param {(call: () => void, ms: number) => unknown} [setTimer]
   */
  constructor(makeSocket = openSocket, setTimer = (call, ms) => setTimeout(call, ms)) {
    super();
    this.#makeSocket = makeSocket;
    this.#setTimer = setTimer;
  }

  /** Follows the events of this user, and no longer those of the previous one. */
  follow(userId) {
    this.#userId = userId;
    this.#failures = 0;
    this.#wasOnline = false;
    this.#connect();
  }

  /** Reconnects at once instead of after the back-off; used when the page becomes visible. */
  reconnectNow() {
    if (this.#userId !== null && this.#socket === null) this.#connect();
  }

  #connect() {
    clearTimeout(this.#timer);
    const old = this.#socket;
    const socket = this.#makeSocket(`/page/events?user_id=${encodeURIComponent(this.#userId)}`);
    this.#socket = socket;
    old?.close();
    socket.addEventListener('open', () => this.#socket === socket && this.#opened());
    socket.addEventListener('message', ({ data }) => this.#socket === socket && this.#received(data));
    socket.addEventListener('close', () => this.#socket === socket && this.#closed());
  }

  #opened() {
    this.#failures = 0;
    this.#emit('status', { state: 'online', isReturn: this.#wasOnline });
    this.#wasOnline = true;
  }

  #received(data) {
    let event;
    try {
      event = JSON.parse(data);
    } catch {
      return;
    }
    if (event && typeof event.type === 'string') this.#emit('event', event);
  }

  #closed() {
    this.#socket = null;
    this.#emit('status', { state: 'offline', isReturn: false });
    const delay = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#timer = this.#setTimer(() => this.reconnectNow(), delay * (0.75 + Math.random() / 2));
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
