// The live region through which screen readers announce new messages.

const MAX_QUEUED = 3;
const SENTENCE_INTERVAL_MS = 900;

/** Announces the session's announcements one after the other; when many queue up, only the newest are kept. */
export class Announcer {
  #element = document.getElementById('announcer');
  #queue = [];
  #isSpeaking = false;

  constructor({ session }) {
    session.addEventListener('announcement', ({ detail }) => this.say(detail));
  }

  say(words) {
    this.#queue = [...this.#queue, words].slice(-MAX_QUEUED);
    if (!this.#isSpeaking) this.#speakNext();
  }

  #speakNext() {
    const words = this.#queue.shift();
    this.#isSpeaking = words !== undefined;
    if (!this.#isSpeaking) return;
    this.#element.textContent = words;
    setTimeout(() => this.#speakNext(), SENTENCE_INTERVAL_MS);
  }
}
