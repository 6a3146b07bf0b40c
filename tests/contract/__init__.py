"""The bot's client and the simulator against the description of Whisul's API in `docs/whisul-openapi.yaml`."""
