"""Pacing: how fast simulated time runs against real time. Simulated time itself is a value that is handed in."""
