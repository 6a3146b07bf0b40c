"""Commands and component handlers: each acknowledges the interaction, calls one service and replies."""
