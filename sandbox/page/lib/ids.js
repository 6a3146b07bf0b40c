// Snowflakes: 64-bit IDs as strings, which contain their creation time.

const EPOCH_MS = 1_420_070_400_000n;

/** Compares IDs by creation time, oldest first. */
export function compareIds(left, right) {
  return left.length - right.length || (left < right ? -1 : Number(left > right));
}

/** The creation time of an ID; Discord's epoch for anything else. */
export function madeAt(id) {
  return new Date(Number((/^\d{1,20}$/.test(id) ? BigInt(id) >> 22n : 0n) + EPOCH_MS));
}

/** A hue in degrees that is derived from an ID. */
export function hueOf(id) {
  let hash = 2_166_136_261;
  for (const char of String(id)) hash = Math.imul(hash ^ char.codePointAt(0), 16_777_619) >>> 0;
  return (hash >>> 8) % 360;
}
