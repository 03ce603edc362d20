"""Persona tests: cases and recorded answers go in, a verdict on each case comes out.

`casefile.py` says what a file of `personas/tests/` may hold, `expect.py` what an answer can be held
to, `recording.py` what is kept of an answer. `suites.py` finds the files, `playing.py` asks each
case, by a recorded answer or a live model, along the way of every call; `drift.py` tells what has
changed in a persona since it was accepted.
"""
