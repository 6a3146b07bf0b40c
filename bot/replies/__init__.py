"""Pure: models and errors become text, embeds and link buttons. All words for people live here, and nowhere else."""
