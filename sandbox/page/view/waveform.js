// The waveform of an audio file, measured in the browser.

const BARS = 96;
const MAX_BYTES = 24 * 1024 * 1024;
// 8 kHz suffices for a waveform and takes a fraction of the memory.
const SAMPLE_RATE = 8_000;

/**
 * The loudness over time as 96 numbers from 0 to 1; null if it cannot be measured.
 *
 * @param {string} address fetched only from this server
 * @param {number} sizeBytes
 */
export async function measure(address, sizeBytes) {
  const isOurs = new URL(address, location.href).origin === location.origin;
  if (!isOurs || sizeBytes > MAX_BYTES) return null;
  const answer = await fetch(address);
  if (!answer.ok) return null;
  const sound = await new OfflineAudioContext(1, 1, SAMPLE_RATE).decodeAudioData(await answer.arrayBuffer());
  return peaks(sound.getChannelData(0));
}

/** The loudness of each of `count` equal parts, the loudest being 1. */
export function peaks(samples, count = BARS) {
  const size = Math.max(1, Math.floor(samples.length / count));
  const levels = Array.from({ length: count }, (_, part) => {
    let sum = 0;
    for (let at = part * size; at < Math.min(samples.length, (part + 1) * size); at += 1)
      sum += samples[at] ** 2;
    return Math.sqrt(sum / size);
  });
  const loudest = Math.max(...levels, 1e-6);
  return levels.map((level) => level / loudest);
}

/** The bars of a waveform as the path of an SVG of 96 by 24. */
export function barsPath(levels) {
  return levels
    .map((level, at) => {
      const half = Math.max(0.9, level * 11.5);
      return `M${at + 0.5} ${(12 - half).toFixed(2)}V${(12 + half).toFixed(2)}`;
    })
    .join('');
}
