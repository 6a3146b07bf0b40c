"""A client of the Discord stand-in that hikari is used in."""
