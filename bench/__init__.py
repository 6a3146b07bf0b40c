"""What is measured, and how: `python -m bench` prints a table and writes bench/results.json."""
