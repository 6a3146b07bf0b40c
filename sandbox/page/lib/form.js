// Validates the fields of a modal, with messages for people. Pure.

export const MAX_CHARS = 4000;

const TEXT = 4;
const BOXES = 22;
const COUNT_FROM_SHARE = 0.8;

/**
 * The error message for a field's value; null if it is valid.
 *
 * @param {object} component as the bot sent it
 * @param {string | string[] | boolean | null} value
 * @param {boolean} isRequired
 */
export function errorOf(component, value, isRequired) {
  if (component.type === TEXT) return textError(component, value, isRequired);
  const count = Array.isArray(value) ? value.length : Number(value !== null && value !== false);
  if (count === 0) return isRequired ? 'Make a selection.' : null;
  const { min_values: least = 1, max_values: most = component.type === BOXES ? component.options.length : 1 } = component;
  if (Array.isArray(value) && count < least) return `Select at least ${least}.`;
  if (Array.isArray(value) && count > most) return `Select at most ${most}.`;
  return null;
}

function textError({ min_length: least = 0, max_length: most = MAX_CHARS }, value, isRequired) {
  if (value === '') return isRequired ? 'This is required.' : null;
  if (value.length < least) return `Use at least ${least} characters: ${least - value.length} more.`;
  return value.length > most ? `Use at most ${most} characters.` : null;
}

/** The character counter of a field: shown where the bot set a limit, or near the maximum. */
export function characterCount({ max_length: most = null }, length) {
  const isNear = length > MAX_CHARS * COUNT_FROM_SHARE;
  return most !== null || isNear ? `${length} / ${most ?? MAX_CHARS}` : '';
}
