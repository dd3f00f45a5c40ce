"""One container, in both kinds: image, command, environment, ports, resources, probes, mounts, security."""

from __future__ import annotations

import pytest

from app.core.spec import Amounts, Container, EnvVar, Port, Protocol, Resources
from tests.core.manifest_texts import CONTAINER, accepted, application, deployment, marked, parse

KINDS = [
    pytest.param(deployment, CONTAINER, 17, id="Deployment"),
    pytest.param(application, "spec.container", 8, id="Application"),
]
"""What makes a manifest, the path of its container, and the line where added fields begin."""


def container(text: str) -> Container:
    """The container as both kinds read it."""
    one, other = accepted(deployment(container=text)).container, accepted(application(container=text)).container
    assert one.model_copy(update={"name": "x"}) == other.model_copy(update={"name": "x"})
    return one


def test_everything_that_is_honoured() -> None:
    read = container(
        """
        command: ["/bin/sh", "-c"]
        args:
        - |
          echo "$(HOME)"
          exec nginx
        env:
        - name: MODE
          value: "yes"
        - name: EMPTY
          value: ""
        - name: ABSENT
        - name: NOTHING
          value:
        ports:
        - containerPort: 80
        - containerPort: 8443
          hostPort: 443
          name: https
          protocol: TCP
        - {containerPort: 53, protocol: UDP, name: dns}
        resources:
          limits: {cpu: 1.5, memory: 512Mi, nvidia.com/gpu: 1}
          requests: {cpu: 250m, memory: "1e8"}
        """
    )
    assert read == Container(
        name="main",
        image="nginx:1.25",
        command=("/bin/sh", "-c"),
        args=('echo "$(HOME)"\nexec nginx\n',),
        env=(
            EnvVar(name="MODE", value="yes"),
            EnvVar(name="EMPTY"),
            EnvVar(name="ABSENT"),
            EnvVar(name="NOTHING"),
        ),
        ports=(
            Port(container_port=80),
            Port(container_port=8443, host_port=443, name="https"),
            Port(container_port=53, protocol=Protocol.UDP, name="dns"),
        ),
        resources=Resources(
            limits=Amounts(cpu_millicores=1500, memory_bytes=2**29),
            requests=Amounts(cpu_millicores=250, memory_bytes=10**8),
            gpus=1,
        ),
    )


@pytest.mark.parametrize(
    "text",
    ["command:", "command: []", "args: ~", "env: []", "env:", "ports: []", "resources: {}", "resources: {limits: }"],
)
def test_empty_parts_are_absent(text: str) -> None:
    assert container(text) == container("")


@pytest.mark.parametrize(
    ("image", "says"),
    [
        ("", "image is empty"),
        ("''", "is empty"),
        ("nginx:", None),
        ("'nginx:'", "the tag after ':' is empty"),
        ("'nginx: latest'", "has a space in it"),
        ("my image:1", "has a space in it"),
        ("Nginx", "lower case"),
        ("'nginx; touch PWNED'", "has a space in it"),
        ("'nginx;id'", '";"'),
        ("https://x.io/a", "is a URL"),
        ("1.25", "image must be text, not a decimal number (1.25)"),
        ("[nginx]", "image must be text, not a list"),
        ("nginx:" + "a" * 129, "the tag"),
    ],
)
def test_images(image: str, says: str | None) -> None:
    report = parse(deployment().replace("nginx:1.25", image))
    if says is None:
        assert "not valid YAML" in report.errors[0].message or report.errors[0].path.startswith(CONTAINER)
        return
    (error,) = report.errors
    assert (error.path, error.line) == (f"{CONTAINER}.image", 16)
    assert says in error.message
    assert "image" in error.message.lower()


def test_a_missing_image() -> None:
    (error,) = parse(deployment().replace("        image: nginx:1.25\n", "")).errors
    assert error.path == f"{CONTAINER}.image"
    assert error.message == "image is missing: text is required here"
    assert error.line == 15


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "name is empty"),
        ("Main", "not a valid container name"),
        ("a.b", "not a valid container name"),
        ("5", "name must be text"),
        ("a" * 64, "not a valid container name"),
    ],
)
def test_container_names(name: str, says: str) -> None:
    (error,) = parse(deployment().replace("name: main", f"name: {name}")).errors
    assert error.path == f"{CONTAINER}.name"
    assert says in error.message


def test_a_deployments_container_needs_a_name() -> None:
    (error,) = parse(deployment().replace("- name: main\n        image", "- image")).errors
    assert error.path == f"{CONTAINER}.name"
    assert error.message == "name is missing: text is required here"


WRONG = [
    # command and args
    ("command: sleep 3600", "command", "command must be a list", 'write ["sleep", "3600"]'),
    ("command: sh -c 'echo hi'", "command", "command must be a list", 'write ["sh", "-c", "echo hi"]'),
    ("command: it's", "command", "command must be a list", ""),
    ("command: {a: b}", "command", "command must be a list, not a mapping", ""),
    ("args: [1]", "args[0]", "an item of args must be text, not a whole number (1)", 'quote it: "1"'),
    ("args: [a, yes]", "args[1]", "an item of args must be text, not a boolean (yes)", 'quote it: "yes"'),
    ("args: [a, ]", None, "", ""),
    ("args: [a, null]", "args[1]", "an item of args must be text, not nothing", 'quote it: "null"'),
    ("args: [[a]]", "args[0]", "must be text, not a list", ""),
    ('args: ["a\\0b"]', "args[0]", "has a NUL character", ""),
    # env
    ("env: {A: b}", "env", "env must be a list, not a mapping", ""),
    ("env: [A=b]", "env[0]", 'an item of env must be a mapping, not the text "A=b"', "- name: KEY"),
    ("env: [{value: b}]", "env[0].name", "name is missing", ""),
    ("env: [{name: 1A, value: b}]", "env[0].name", "not a valid environment variable name", ""),
    ("env: [{name: A=B, value: b}]", "env[0].name", "not a valid environment variable name", ""),
    ("env: [{name: yes, value: b}]", "env[0].name", "name must be text", 'quote it: "yes"'),
    (
        "env: [{name: A, value: 8080}]",
        "env[0].value",
        "value must be text, not a whole number (8080)",
        'quote it: "8080"',
    ),
    ("env: [{name: A, value: yes}]", "env[0].value", "value must be text, not a boolean (yes)", 'quote it: "yes"'),
    ("env: [{name: A, value: 1.5}]", "env[0].value", "not a decimal number (1.5)", 'quote it: "1.5"'),
    ("env: [{name: A, value: 1e3}]", "env[0].value", "not a decimal number (1e3)", 'quote it: "1e3"'),
    ("env: [{name: A, value: 0777}]", "env[0].value", "not a whole number (0777)", 'quote it: "0777"'),
    ("env: [{name: A, value: {b: c}}]", "env[0].value", "not a mapping", ""),
    ('env: [{name: A, value: "a\\0b"}]', "env[0].value", "NUL character", ""),
    ("env: [{name: A, val: b}]", "env[0].val", 'unknown field "val"', "did you mean value?"),
    ("env: [{name: A, valueFrom: {fieldRef: {fieldPath: x}}}]", "env[0].valueFrom.fieldRef.fieldPath", '"x"', ""),
    ("envFrom: [{secretRef: {name: A}}]", "envFrom[0].secretRef.name", "not a valid name", ""),
    # ports
    ("ports: 80", "ports", "ports must be a list, not a whole number (80)", ""),
    (
        "ports: [80]",
        "ports[0]",
        "an item of ports must be a mapping, not a whole number (80)",
        'write "- containerPort: 80"',
    ),
    ("ports: ['8080:80']", "ports[0]", "an item of ports must be a mapping", 'write "- containerPort: 80"'),
    ("ports: [{}]", "ports[0].containerPort", "containerPort is missing", ""),
    (
        "ports: [{port: 80, containerPort: 80}]",
        "ports[0].port",
        "unknown field",
        "fields here are containerPort, hostIP",
    ),
    ("ports: [{containerPort: 0}]", "ports[0].containerPort", "from 1 to 65535", ""),
    ("ports: [{containerPort: 65536}]", "ports[0].containerPort", "from 1 to 65535", ""),
    ("ports: [{containerPort: -1}]", "ports[0].containerPort", "from 1 to 65535", ""),
    ("ports: [{containerPort: 80.5}]", "ports[0].containerPort", "not a decimal number (80.5)", ""),
    ("ports: [{containerPort: '80'}]", "ports[0].containerPort", 'not the text "80"', "write 80 without quotes"),
    ("ports: [{containerPort: true}]", "ports[0].containerPort", "not a boolean (true)", ""),
    ("ports: [{containerPort: 080}]", "ports[0].containerPort", "not a decimal number (080)", ""),
    (
        "ports: [{containerPort: 0120}]",
        "ports[0].containerPort",
        "not a whole number (0120)",
        "0120 reads as 80: write 80",
    ),
    ("ports: [{containerPort: http}]", "ports[0].containerPort", 'not the text "http"', ""),
    ("ports: [{containerPort: 22:22}]", "ports[0].containerPort", 'not the text "22:22"', ""),
    ("ports: [{containerPort: 80, hostPort: 70000}]", "ports[0].hostPort", "from 0 to 65535", ""),
    ("ports: [{containerPort: 80, hostPort: x}]", "ports[0].hostPort", "hostPort must be", ""),
    ("ports: [{containerPort: 80, protocol: tcp}]", "ports[0].protocol", "must be TCP, UDP or SCTP", "write TCP"),
    ("ports: [{containerPort: 80, protocol: HTTP}]", "ports[0].protocol", 'must be TCP, UDP or SCTP, not "HTTP"', ""),
    ("ports: [{containerPort: 80, name: HTTP}]", "ports[0].name", "not a valid port name", ""),
    ("ports: [{containerPort: 80, name: '80'}]", "ports[0].name", "not a valid port name", ""),
    ("ports: [{containerPort: 80, name: 80}]", "ports[0].name", "name must be text", 'quote it: "80"'),
    ("ports: [{containerPort: 80, name: a-very-long-port-name}]", "ports[0].name", "not a valid port name", ""),
    ("ports: [{containerPort: 80, hostport: 80}]", "ports[0].hostport", "unknown field", "did you mean hostPort?"),
    # resources
    ("resources: 1", "resources", "resources must be a mapping", ""),
    ("resources: {cpu: 1}", "resources.cpu", "unknown field", "it belongs at resources.limits.cpu"),
    ("resources: {limit: {}}", "resources.limit", "unknown field", "did you mean limits?"),
    ("resources: {limits: 1}", "resources.limits", "limits must be a mapping", ""),
    ("resources: {limits: {cpu: half}}", "resources.limits.cpu", '"half" is not a CPU amount', ""),
    ("resources: {limits: {cpu: true}}", "resources.limits.cpu", "cpu must be an amount, not a boolean (true)", ""),
    ("resources: {limits: {cpu: [1]}}", "resources.limits.cpu", "cpu must be an amount, not a list", ""),
    ("resources: {limits: {cpu: -1}}", "resources.limits.cpu", '"-1" is negative', ""),
    ("resources: {limits: {memory: 512MB}}", "resources.limits.memory", "write 512Mi", ""),
    ("resources: {limits: {memory: 512m}}", "resources.limits.memory", "less than a byte", ""),
    ("resources: {limits: {memory: 1 Gi}}", "resources.limits.memory", "write 1Gi", ""),
    ("resources: {limits: {memory: -1Gi}}", "resources.limits.memory", "negative", ""),
    ("resources: {requests: {memory: lots}}", "resources.requests.memory", "is not a memory amount", ""),
    ("resources: {limits: {gpu: 1}}", "resources.limits.gpu", "unknown field", "it belongs at"),
    ("resources: {limits: {mem: 1Gi}}", "resources.limits.mem", "unknown field", ""),
    ("resources: {limits: {nvidia.com/gpu: 0.5}}", "resources.limits[nvidia.com/gpu]", "whole number", ""),
    ("resources: {limits: {nvidia.com/gpu: all}}", "resources.limits[nvidia.com/gpu]", "whole number", ""),
    ("resources: {limits: {nvidia.com/gpu: 1}, requests: {nvidia.com/gpu: 2}}", "resources", "must be equal", ""),
    ("resources: {limits: {cpu: 1}, requests: {cpu: 2}}", "resources.requests.cpu", "more than its limit", "lower it"),
    ("resources: {limits: {memory: 1Mi}, requests: {memory: 1Gi}}", "resources.requests.memory", "more than its", ""),
    # others
    ("imagePullPolicy: Sometimes", "imagePullPolicy", "must be Always, IfNotPresent or Never", ""),
    ("imagePullPolicy: always", "imagePullPolicy", "must be Always", "write Always"),
    ("securityContext: {privileged: true}", "securityContext.privileged", "privileged is not supported", ""),
    ("securityContext: {privileged: 'true'}", "securityContext.privileged", "must be true or false", ""),
    ("securityContext: yes", "securityContext", "securityContext must be a mapping", ""),
    ("securityContext: {runAsUsr: 1}", "securityContext.runAsUsr", "unknown field", "did you mean runAsUser?"),
    ("restartPolicy: never", "restartPolicy", "must be Always, OnFailure or Never", "write Never"),
    ("workingDir: [a]", "workingDir", "workingDir must be text, not a list", ""),
]


@pytest.mark.parametrize(("make", "path", "line"), KINDS)
@pytest.mark.parametrize(("text", "below", "says", "hint"), WRONG)
def test_what_is_wrong(make: object, path: str, line: int, text: str, below: str | None, says: str, hint: str) -> None:
    assert callable(make)
    report = parse(make(container=text))
    if below is None:
        assert report.ok
        return
    assert [(error.path, error.line) for error in report.errors] == [(f"{path}.{below}", line)]
    (error,) = report.errors
    assert says in error.message
    assert hint in error.hint
    assert report.documents == ()


# -- duplicates


def test_a_duplicate_port_name() -> None:
    sample = marked(
        deployment(
            container="""
            ports:
            - containerPort: 80
              name: http
            - containerPort: 81
              name: http # <-
            - containerPort: 82
              name: http # <-
            """
        )
    )
    report = parse(sample.text)
    assert [(error.path, error.line) for error in report.errors] == [
        (f"{CONTAINER}.ports[1].name", sample.lines[0]),
        (f"{CONTAINER}.ports[2].name", sample.lines[1]),
    ]
    assert report.errors[0].message == f'duplicate port name "http": line {sample.lines[0] - 2} has it too'


def test_a_duplicate_host_port() -> None:
    sample = marked(
        deployment(
            container="""
            ports:
            - {containerPort: 80, hostPort: 8080}
            - {containerPort: 81, hostPort: 8080} # <-
            - {containerPort: 82, hostPort: 8080, protocol: UDP}
            - {containerPort: 83, hostPort: 0}
            - {containerPort: 84, hostPort: 0}
            """
        )
    )
    (error,) = parse(sample.text).errors
    assert (error.path, error.line) == (f"{CONTAINER}.ports[1].hostPort", sample.lines[0])
    assert error.message.startswith("duplicate hostPort 8080")


def test_a_variable_that_is_set_twice_is_said_and_the_last_counts() -> None:
    sample = marked(
        deployment(
            container="""
            env:
            - {name: A, value: "1"}
            - {name: B, value: "2"}
            - {name: A, value: "3"} # <-
            """
        )
    )
    report = parse(sample.text)
    assert report.ok
    assert report.specs[0].container.env == (EnvVar(name="B", value="2"), EnvVar(name="A", value="3"))
    (warning,) = report.warnings
    assert (warning.path, warning.line) == (f"{CONTAINER}.env[2].name", sample.lines[0])
    assert warning.message == f"env A is set on line {sample.lines[0] - 2} already: the last one counts"


def test_the_longest_value() -> None:
    assert parse(deployment(container=f"env: [{{name: A, value: {'a' * 131072}}}]")).ok
    (error,) = parse(deployment(container=f"env: [{{name: A, value: {'a' * 131073}}}]")).errors
    assert "longer than the 128 KiB" in error.message


# -- warnings


@pytest.mark.parametrize(("make", "path", "line"), KINDS)
@pytest.mark.parametrize(
    ("text", "below", "says"),
    [
        ("lifecycle: {preStop: {exec: {command: [a]}}}", "lifecycle", "no hooks run"),
        ("tty: true", "tty", "there is no terminal"),
        ("stdin: true", "stdin", "nothing is attached"),
        ("terminationMessagePath: /x", "terminationMessagePath", "read the log"),
        ("securityContext: {runAsNonRoot: true}", "securityContext.runAsNonRoot", "image's own user"),
        ("securityContext: {seLinuxOptions: {type: a}}", "securityContext.seLinuxOptions", "defaults"),
        ("securityContext: {capabilities: {add: [SYS_ADMIN]}}", "securityContext.capabilities.add", "no access"),
        ("resources: {claims: [{name: a}]}", "resources.claims", "no device"),
        ("volumeDevices: [{name: a}]", "volumeDevices", "no raw block devices"),
        ("restartPolicy: Never", "restartPolicy", "the pod's counts"),
        ("resources: {limits: {ephemeral-storage: 1Gi}}", "resources.limits.ephemeral-storage", "is ignored"),
        ("resources: {limits: {hugepages-2Mi: 1Gi}}", "resources.limits.hugepages-2Mi", "is ignored"),
        ("resources: {requests: {example.com/dongle: 1}}", "resources.requests[example.com/dongle]", "is ignored"),
    ],
)
def test_what_is_ignored_aloud(make: object, path: str, line: int, text: str, below: str, says: str) -> None:
    assert callable(make)
    report = parse(make(container=text))
    assert report.ok
    (warning,) = report.warnings
    assert (warning.path, warning.line) == (f"{path}.{below}", line)
    assert says in warning.message
    assert "ignored" in warning.message
    assert report.specs[0] == accepted(make())


@pytest.mark.parametrize(
    "text",
    [
        "securityContext: {seccompProfile: {type: RuntimeDefault}}",
        "tty: false",
        "stdin: false",
        "lifecycle: {}",
        "securityContext: {privileged: false, allowPrivilegeEscalation: true}",
        "envFrom: []",
        "volumeMounts: []",
        "workingDir: ''",
        "livenessProbe:",
    ],
)
def test_what_asks_for_nothing_is_silent(text: str) -> None:
    assert container(text) == container("")


# -- probes


@pytest.mark.parametrize(
    ("text", "below", "says"),
    [
        ("readinessProbe: {periodSeconds: 5}", "readinessProbe", "readinessProbe has no handler"),
        ("readinessProbe: {}", "readinessProbe", "readinessProbe has no handler"),
        ("readinessProbe: [a]", "readinessProbe", "readinessProbe must be a mapping"),
        ("livenessProbe: {httpGet: {port: 1}, exec: {command: [a]}}", "livenessProbe", "livenessProbe has 2 handlers"),
        (
            "livenessProbe: {httpGet: {path: /}}",
            "livenessProbe.httpGet.port",
            "httpGet.port of livenessProbe is missing",
        ),
        ("livenessProbe: {httpGet: {port: 0}}", "livenessProbe.httpGet.port", "from 1 to 65535"),
        ("livenessProbe: {httpGet: {port: 1.5}}", "livenessProbe.httpGet.port", "port must be"),
        (
            "livenessProbe: {tcpSocket: {}}",
            "livenessProbe.tcpSocket.port",
            "tcpSocket.port of livenessProbe is missing",
        ),
        ("startupProbe: {exec: {command: ls}}", "startupProbe.exec.command", "command must be a list"),
        ("startupProbe: {exec: [ls]}", "startupProbe.exec", "exec must be a mapping"),
    ],
)
def test_probes_that_are_wrong(text: str, below: str, says: str) -> None:
    (error,) = parse(deployment(container=text)).errors
    assert error.path == f"{CONTAINER}.{below}"
    assert says in error.message
