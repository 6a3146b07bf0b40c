// Snowflakes: IDs that are 64-bit numbers in text and hold the moment they were made.

const EPOCH_MS = 1_420_070_400_000n;

/** Orders IDs by age, the oldest first. */
export function compareIds(left, right) {
  return left.length - right.length || (left < right ? -1 : Number(left > right));
}

/** When an ID was made; the start of Discord's time for what is no ID. */
export function madeAt(id) {
  return new Date(Number((/^\d{1,20}$/.test(id) ? BigInt(id) >> 22n : 0n) + EPOCH_MS));
}

/** A colour of its own for everything with an ID, as a hue in degrees. */
export function hueOf(id) {
  let hash = 2_166_136_261;
  for (const char of String(id)) hash = Math.imul(hash ^ char.codePointAt(0), 16_777_619) >>> 0;
  return (hash >>> 8) % 360;
}
