"""The fitted curve. Made by `benchmarks/calibration.py`; not edited by hand."""

from app.analysis.calibration.curve import Curve

VERSION = 2
CURVE = Curve(((0.329, 0.078), (1.461, 0.71), (3.084, 0.812), (3.831, 0.905), (4.225, 0.945), (4.717, 0.988)))
"""Fitted on 500 labelled answers, 449 of them right at first sight."""
