"""English: what is beside the apps, what runs to its end, and times that come back."""

from __future__ import annotations

from app.agent.rules.senses import Role
from app.agent.rules.vocabulary import Terms

_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")

OBJECTS: Terms = {
    Role.KIND: {
        "Service": "service, services, the service, that service, this service, svc, kubernetes service, kubernetes "
        "services, load balancers, exposed services",
        "ConfigMap": "configmap, configmaps, config map, config maps, config-map",
        "Secret": "a secret, secret, secrets, kubernetes secret, secret named, secret called, secret object, "
        "secret objects",
        "PersistentVolumeClaim": "claim, claims, the claim, data claim, "
        "pvc, pvcs, persistent volume claim, persistent volume claims, volume, volumes, "
        "persistentvolumeclaim, persistentvolumeclaims, persistent volume, persistent volumes, volume claim, "
        "volume claims, storage volume, storage volumes, data volume, disk, disks, storage claim, storage claims",
        "HorizontalPodAutoscaler": "hpa, hpas, autoscaler, autoscalers, horizontal pod autoscaler, "
        "horizontal pod autoscalers, horizontalpodautoscaler",
        "CronJob": "cronjob, cronjobs, cron job, cron jobs, cron, crons, scheduled job, scheduled jobs, scheduled "
        "task, scheduled tasks, schedule, schedules",
        "Namespace": "a namespace, namespaces, namespace named, namespace called, new namespace, the namespace named",
    },
    Role.JOB: {
        "job": "job, a job, batch job, a batch job, the job, one job, kubernetes job, batch task, one-time job, "
        "a one-time job, task",
        "once": "once, just once, only once, one time, exactly once, a single time, to completion, until it finishes, "
        "until it is done, one-off, a one-off, one off, one-shot, one-off job, a one-off job, one-shot job, "
        "a one-shot job, run-once, run once",
        "cron": "cronjob, cron job, a cronjob, a cron job, scheduled job, a scheduled job, cron, scheduled task, "
        "a scheduled task",
    },
    Role.CYCLE: {
        "each": "every, each, once every, once each",
        "m": "every minute, each minute, once a minute, once per minute, minutely",
        "h": "every hour, each hour, hourly, once an hour, once per hour, on the hour",
        "d": "every day, each day, daily, once a day, once per day, every single day",
        "night": "every night, each night, nightly, once a night",
        "morning": "every morning, each morning, in the mornings",
        "evening": "every evening, each evening, in the evenings",
        "w": "every week, each week, weekly, once a week, once per week",
        "month": "every month, each month, monthly, once a month, once per month, on the first of every month",
        "year": "every year, each year, yearly, annually, once a year",
        "weekday": "every weekday, each weekday, on weekdays, weekdays, every working day, every workday, "
        "monday to friday",
        "weekend": "every weekend, on weekends, weekends",
        **{
            str(number): f"every {day}, each {day}, on {day}s, {day}s, every {day} night, every {day} morning"
            for number, day in enumerate(_DAYS)
        },
    },
    Role.CLOCK: {
        "at": "at, @, at around",
        "0": "midnight, at midnight, at 12 midnight",
        "12": "noon, at noon, midday, at midday",
        "am": "am, a.m, in the morning",
        "pm": "pm, p.m, in the afternoon, in the evening, at night",
        "hour": "o'clock, oclock, utc",
    },
}
