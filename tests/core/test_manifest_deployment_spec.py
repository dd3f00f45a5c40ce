"""A Deployment's spec: selector, template, strategy and seconds."""

from __future__ import annotations

import pytest

from app.core.spec import Strategy
from tests.core.manifest_texts import accepted, deployment, marked, parse

POD = "spec.template.spec"


@pytest.mark.parametrize(
    ("sample", "path", "says"),
    [
        (
            """
            apiVersion: apps/v1
            kind: Deployment # <-
            metadata: {name: web}
            """,
            "spec",
            "spec is missing",
        ),
        (
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec: # <-
            """,
            "spec",
            "spec is empty",
        ),
        (
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec: "replicas: 2" # <-
            """,
            "spec",
            'spec must be a mapping (fields below it), not the text "replicas: 2"',
        ),
        (
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec:
              selector: {matchLabels: {app: web}}
              template: nginx # <-
            """,
            "spec.template",
            "template must be a mapping",
        ),
        (
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec:
              selector: {matchLabels: {app: web}}
              template:
                metadata: {labels: {app: web}} # <-
            """,
            "spec.template.spec",
            "spec is missing",
        ),
        (
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec:
              selector: {matchLabels: {app: web}}
              template:
                metadata: {labels: {app: web}}
                spec:
                  containers: [] # <-
            """,
            "spec.template.spec.containers",
            "one container is required",
        ),
        (
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec:
              selector: {matchLabels: {app: web}}
              template:
                metadata: {labels: {app: web}}
                spec:
                  restartPolicy: Always # <-
            """,
            "spec.template.spec.containers",
            "one container is required",
        ),
        (
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec:
              selector: {matchLabels: {app: web}}
              template:
                metadata: {labels: {app: web}}
                spec:
                  containers: {name: main, image: nginx} # <-
            """,
            "spec.template.spec.containers",
            "containers must be a list, not a mapping",
        ),
        (
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec:
              selector: {matchLabels: {app: web}}
              template:
                metadata: {labels: {app: web}}
                spec:
                  containers:
                  - nginx # <-
            """,
            "spec.template.spec.containers[0]",
            'an item of containers must be a mapping, not the text "nginx"',
        ),
    ],
)
def test_parts_that_are_missing_or_of_another_shape(sample: str, path: str, says: str) -> None:
    text = marked(sample)
    (error,) = parse(text.text).errors
    assert error.path == path
    assert says in error.message
    assert error.line is not None
    assert abs(error.line - text.lines[0]) <= 1


@pytest.mark.parametrize(
    ("selector", "path", "says"),
    [
        ("{}", "spec.selector", "selector is empty"),
        ("{matchLabels: }", "spec.selector", "selector is empty"),
        ("{matchLabels: {}, matchExpressions: []}", "spec.selector", "selector is empty"),
        (
            "{matchLabels: {app: api}}",
            "spec.selector.matchLabels.app",
            'selector wants label app=api, but the template has "web"',
        ),
        ("{matchLabels: {tier: x}}", "spec.selector.matchLabels.tier", "the template's labels lack it"),
        ("{app: web}", "spec.selector.app", 'unknown field "app"'),
        ("web", "spec.selector", "selector must be a mapping"),
        ("{matchLabels: [app]}", "spec.selector.matchLabels", "matchLabels must be a mapping"),
        ("{matchExpressions: [{key: app, operator: In, values: [api]}]}", "spec.selector.matchExpressions[0]", "(In)"),
        (
            "{matchExpressions: [{key: app, operator: NotIn, values: [web]}]}",
            "spec.selector.matchExpressions[0]",
            "(NotIn)",
        ),
        ("{matchExpressions: [{key: x, operator: Exists}]}", "spec.selector.matchExpressions[0]", "(Exists)"),
        (
            "{matchExpressions: [{key: app, operator: DoesNotExist}]}",
            "spec.selector.matchExpressions[0]",
            "(DoesNotExist)",
        ),
        ("{matchExpressions: [{key: app}]}", "spec.selector.matchExpressions[0].operator", "operator is missing"),
        ("{matchExpressions: [{operator: Exists}]}", "spec.selector.matchExpressions[0].key", "key is missing"),
        (
            "{matchExpressions: [{key: app, operator: Is}]}",
            "spec.selector.matchExpressions[0].operator",
            "operator must be In",
        ),
        (
            "{matchExpressions: [{key: app, operator: in, values: [web]}]}",
            "spec.selector.matchExpressions[0].operator",
            "In",
        ),
    ],
)
def test_a_selector_must_match_the_template(selector: str, path: str, says: str) -> None:
    text = deployment().replace("selector:\n    matchLabels:\n      app: web", f"selector: {selector}")
    (error,) = parse(text).errors
    assert (error.path, error.line) == (path, 6)
    assert says in error.message


def test_a_missing_selector() -> None:
    (error,) = parse(deployment().replace("  selector:\n    matchLabels:\n      app: web\n", "")).errors
    assert error.path == "spec.selector"
    assert error.message == "selector is missing: a mapping is required here"


def test_a_template_without_labels_says_what_to_add() -> None:
    (error,) = parse(deployment().replace("    metadata:\n      labels:\n        app: web\n", "", 1)).errors
    assert error.path == "spec.selector.matchLabels.app"
    assert error.hint == "add app: web to spec.template.metadata.labels"


# -- strategy and seconds


@pytest.mark.parametrize(
    ("text", "strategy"),
    [
        ("strategy: {}", Strategy()),
        ("strategy: {type: RollingUpdate}", Strategy()),
        ("strategy: {type: Recreate}", Strategy(type="Recreate")),
        ("strategy: {rollingUpdate: {maxSurge: 0}}", Strategy(max_surge=0)),
        ("strategy: {rollingUpdate: {maxUnavailable: 100%}}", Strategy(max_unavailable="100%")),
        (
            "strategy: {rollingUpdate: {maxSurge: 200%, maxUnavailable: 0}}",
            Strategy(max_surge="200%", max_unavailable=0),
        ),
        ("strategy: {type: Recreate, rollingUpdate: }", Strategy(type="Recreate")),
        ("minReadySeconds: 9", Strategy(min_ready_seconds=9)),
        ("minReadySeconds: 9\nstrategy: {type: Recreate}", Strategy(type="Recreate", min_ready_seconds=9)),
    ],
)
def test_strategies(text: str, strategy: Strategy) -> None:
    assert accepted(deployment(spec=text)).strategy == strategy


@pytest.mark.parametrize(
    ("text", "path", "says"),
    [
        ("strategy: Recreate", "spec.strategy", "strategy must be a mapping"),
        (
            "strategy: {type: BlueGreen}",
            "spec.strategy.type",
            'type must be RollingUpdate or Recreate, not "BlueGreen"',
        ),
        ("strategy: {type: recreate}", "spec.strategy.type", "type must be"),
        ("strategy: {type: Recreate, rollingUpdate: {maxSurge: 1}}", "spec.strategy.rollingUpdate", "may not be there"),
        ("strategy: {maxSurge: 1}", "spec.strategy.maxSurge", "unknown field"),
        ("strategy: {rollingUpdate: {maxSurge: -1}}", "spec.strategy.rollingUpdate.maxSurge", "maxSurge must be"),
        ("strategy: {rollingUpdate: {maxSurge: 0.5}}", "spec.strategy.rollingUpdate.maxSurge", "maxSurge must be"),
        ("strategy: {rollingUpdate: {maxSurge: '1'}}", "spec.strategy.rollingUpdate.maxSurge", "maxSurge must be"),
        ("strategy: {rollingUpdate: {maxSurge: 25 %}}", "spec.strategy.rollingUpdate.maxSurge", "such as 25%"),
        ("strategy: {rollingUpdate: {maxSurge: -5%}}", "spec.strategy.rollingUpdate.maxSurge", "such as 25%"),
        ("strategy: {rollingUpdate: {maxSurge: true}}", "spec.strategy.rollingUpdate.maxSurge", "a boolean (true)"),
        ("strategy: {rollingUpdate: {maxUnavailable: 101%}}", "spec.strategy.rollingUpdate.maxUnavailable", "must be"),
        ("strategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 0}}", "spec.strategy.rollingUpdate", "not both be 0"),
        (
            "strategy: {rollingUpdate: {maxUnavailable: 0%, maxSurge: 0}}",
            "spec.strategy.rollingUpdate",
            "not both be 0",
        ),
        ("strategy: {rollingUpdate: {surge: 1}}", "spec.strategy.rollingUpdate.surge", "unknown field"),
        ("minReadySeconds: -1", "spec.minReadySeconds", "minReadySeconds must be"),
        ("minReadySeconds: 1s", "spec.minReadySeconds", "minReadySeconds must be"),
    ],
)
def test_strategies_that_are_wrong(text: str, path: str, says: str) -> None:
    (error,) = parse(deployment(spec=text)).errors
    assert error.path == path
    assert error.line == 6
    assert says in error.message


@pytest.mark.parametrize("text", ["-1", "30s", "1.5", "'30'", "99999999999"])
def test_a_grace_period_is_in_seconds(text: str) -> None:
    (error,) = parse(deployment(pod=f"terminationGracePeriodSeconds: {text}")).errors
    assert error.path == f"{POD}.terminationGracePeriodSeconds"


def test_no_grace_at_all() -> None:
    assert accepted(deployment(pod="terminationGracePeriodSeconds: 0")).template.termination_grace_seconds == 0
