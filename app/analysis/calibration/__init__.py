"""Confidence = the chance that the cause is right, read from a fitted, versioned table (`table.py`)."""

from app.analysis.calibration.curve import Curve, Labelled, fit
from app.analysis.calibration.measures import Calibration, measure
from app.analysis.calibration.table import CURVE, VERSION

__all__ = ["CURVE", "VERSION", "Calibration", "Curve", "Labelled", "confidence", "fit", "measure"]


def confidence(strength: float) -> float:
    """The chance for a raw strength, by the present table."""
    return CURVE.at(strength)
