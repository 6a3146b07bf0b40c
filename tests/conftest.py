"""What every test may count on."""

from hypothesis import HealthCheck, settings

# No deadline: a time in a test says more about the machine than about the program.
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("here")
