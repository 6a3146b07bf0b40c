"""What every test may count on."""

import os

from hypothesis import HealthCheck, settings

# No deadline: a time in a test says more about the machine than about the program. In CI the cases are the same every
# time; by hand they are new ones, and what fails is printed so that it can be replayed.
settings.register_profile(
    "here",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,
    print_blob=True,
)
settings.load_profile("here")
