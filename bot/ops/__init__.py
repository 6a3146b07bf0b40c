"""What operators see of the running program."""
