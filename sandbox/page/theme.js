// Runs before anything is drawn, so that nobody is dazzled: the theme that the reader has chosen, if they have.
{
  const chosen = localStorage.getItem('theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
}
