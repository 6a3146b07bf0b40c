"""The ways by which the outcome of a job reaches its requester, one module each; `base` says what a route has to do."""
