"""The bot's client and the simulator, validated against `docs/whisul-openapi.yaml`."""
