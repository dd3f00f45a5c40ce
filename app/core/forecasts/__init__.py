"""What can be said ahead from stored usage: when memory or a disk is full, restarts, crash loops, load. Pure."""

from app.core.forecasts.load import load_ahead
from app.core.forecasts.needs import replicas_for
from app.core.forecasts.outlook import Outlook, outlook
from app.core.forecasts.reach import reach
from app.core.forecasts.restarts import crash_loop, restarts_ahead
from app.core.forecasts.trend import Change, Trend, compare
from app.core.forecasts.values import COVERAGE, Estimate, Forecast, Kind, NoForecast

__all__ = [
    "COVERAGE",
    "Change",
    "Estimate",
    "Forecast",
    "Kind",
    "NoForecast",
    "Outlook",
    "Trend",
    "compare",
    "crash_loop",
    "load_ahead",
    "outlook",
    "reach",
    "replicas_for",
    "restarts_ahead",
]
