"""The HorizontalPodAutoscaler's arithmetic. Pure."""
