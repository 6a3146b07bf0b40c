const UNITS = ['bytes', 'KB', 'MB', 'GB'];

/** "3.2 MB": a size in bytes for people; empty if it is unknown. */
export function fileSize(bytes) {
  if (!Number.isFinite(bytes) || bytes < 0) return '';
  const power = bytes < 1024 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  const shown = bytes / 1024 ** power;
  return `${power === 0 || shown >= 100 ? Math.round(shown) : shown.toFixed(1)} ${UNITS[power]}`;
}
