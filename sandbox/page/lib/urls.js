// The URL policy for everything that is linked, shown or played.

/**
 * The address in full if it may be linked or loaded, else null: http and https only, relative ones are this
 * server's own. Control characters are refused because browsers drop them and people do not see them.
 *
 * @param {unknown} address
 * @param {string} [base] what relative addresses are relative to; without it they are refused
 * @returns {string | null}
 */
export function safeUrl(address, base = globalThis.location?.href) {
  if (typeof address !== 'string' || address === '' || /[\u0000-\u001f\u007f]/.test(address)) return null;
  try {
    const url = new URL(address, base);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : null;
  } catch {
    return null;
  }
}
