"""What people see and press: each command defers, calls one service and replies."""
