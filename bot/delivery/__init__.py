"""Cards while jobs work, acknowledgements, and the delivery of each result exactly once, trying routes in order.

Imports replies, services, generation, the adapters and the domain.
"""
