"""A world to try and to test the bot in: a Whisul simulator, a Discord stand-in and a page to use them."""
