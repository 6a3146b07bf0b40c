"""The demo's control room: what reached Whisul and Discord, live, and switches that make both fail."""
