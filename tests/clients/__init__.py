"""Two Discord libraries that others wrote, in other languages and styles, as clients of the Discord stand-in."""
