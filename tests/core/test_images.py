"""Image references by the OCI grammar, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import InvalidInput
from app.core.images import NAME_CHARS, ImageRef, app_name_from_image, parse_image, same_image
from app.core.names import check_app_name

SHA = "0123456789abcdef" * 4
DIGEST = f"sha256:{SHA}"

RIGHT = [
    ("nginx", ("docker.io", "library/nginx", None, None)),
    ("nginx:1.27", ("docker.io", "library/nginx", "1.27", None)),
    ("library/nginx", ("docker.io", "library/nginx", None, None)),
    ("docker.io/nginx", ("docker.io", "library/nginx", None, None)),
    ("docker.io/library/nginx:latest", ("docker.io", "library/nginx", "latest", None)),
    ("index.docker.io/nginx", ("docker.io", "library/nginx", None, None)),
    ("acme/web", ("docker.io", "acme/web", None, None)),
    ("acme/team/web:v1.0_rc-1", ("docker.io", "acme/team/web", "v1.0_rc-1", None)),
    ("ghcr.io/acme/web-app:1", ("ghcr.io", "acme/web-app", "1", None)),
    ("localhost/web", ("localhost", "web", None, None)),
    ("localhost:5000/web", ("localhost:5000", "web", None, None)),
    ("registry:5000/web:1", ("registry:5000", "web", "1", None)),
    ("10.0.0.1:5000/a/b", ("10.0.0.1:5000", "a/b", None, None)),
    ("[::1]:5000/web", ("[::1]:5000", "web", None, None)),
    ("Registry.Example.com/web", ("Registry.Example.com", "web", None, None)),
    ("REGISTRY/web", ("REGISTRY", "web", None, None)),
    (f"nginx@{DIGEST}", ("docker.io", "library/nginx", None, DIGEST)),
    (f"nginx:1.27@{DIGEST}", ("docker.io", "library/nginx", "1.27", DIGEST)),
    (f"localhost:5000/a@{DIGEST}", ("localhost:5000", "a", None, DIGEST)),
    ("a_b/c__d/e-f/g--h/i.j", ("docker.io", "a_b/c__d/e-f/g--h/i.j", None, None)),
    ("nginx:_x", ("docker.io", "library/nginx", "_x", None)),
    ("nginx:" + "a" * 128, ("docker.io", "library/nginx", "a" * 128, None)),
    ("gcr.io/k8s-staging/etcd:3.5.1-0", ("gcr.io", "k8s-staging/etcd", "3.5.1-0", None)),
    ("0", ("docker.io", "library/0", None, None)),
]

WRONG = [
    ("", "is empty"),
    (" ", "space"),
    ("nginx ", "space"),
    (" nginx", "space"),
    ("my image:1", "space"),
    ("nginx: latest", "space"),
    ("nginx\n", "space"),
    ("nginx\u00a0x", "space"),
    ("nginx; touch PWNED", "space"),
    ("nginx;touch", '";"'),
    ("nginx|sh", '"|"'),
    ("nginx&&id", '"&"'),
    ("$(id)", '"$"'),
    ("`id`", '"`"'),
    ("nginx'", '"\'"'),
    ("nginx\0", '"\\x00"'),
    ("ngïnx", '"ï"'),
    ("nginx>x", '">"'),
    ("Nginx", "lower case"),
    ("acme/Web", "lower case"),
    ("ghcr.io/Acme/web", "lower case"),
    ("nginx:", "empty"),
    ("nginx:.x", "tag"),
    ("nginx:-x", "tag"),
    ("nginx:" + "a" * 129, "tag"),
    ("nginx:a:b", "not a valid part"),
    ("nginx@", "digest"),
    ("nginx@sha256:abc", "digest"),
    (f"nginx@sha256:{SHA.upper()}", "digest"),
    (f"nginx@{SHA}", "digest"),
    (f"nginx@sha256:{SHA}0", "digest"),
    (f"nginx@{DIGEST}@{DIGEST}", "digest"),
    ("https://ghcr.io/acme/web", "URL"),
    ("docker://nginx", "URL"),
    (SHA, "image id"),
    ("/nginx", "not a valid part"),
    ("nginx/", "not a valid part"),
    ("a//b", "not a valid part"),
    ("ghcr.io/", "not a valid part"),
    ("..", "not a valid part"),
    ("../../etc/passwd", "not a valid"),
    ("-nginx", "not a valid part"),
    ("--privileged", "not a valid part"),
    ("nginx-", "not a valid part"),
    ("a___b", "not a valid part"),
    ("a..b", "not a valid part"),
    ("-a.b/web", "registry"),
    ("a.b:x/web", "registry"),
    ("a/" * 150 + "b", "too long"),
    ("a" * 5000, "too long"),
]


@pytest.mark.parametrize(("text", "parts"), RIGHT)
def test_right_references(text: str, parts: tuple[str, str, str | None, str | None]) -> None:
    assert parse_image(text) == ImageRef(*parts)


@pytest.mark.parametrize(("text", "says"), WRONG)
def test_wrong_references_are_refused_with_a_sentence(text: str, says: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_image(text)
    message = str(caught.value)
    assert says in message
    assert "image" in message.lower()
    assert message.isprintable()
    assert len(message) < 400
    assert caught.value.field == "image"


def test_a_capital_is_mended_in_the_message() -> None:
    with pytest.raises(InvalidInput, match=r'"ghcr\.io/acme/web:v1"'):
        parse_image("ghcr.io/Acme/Web:V1")


def test_the_longest_name() -> None:
    room = NAME_CHARS - len("docker.io/a/")
    assert parse_image("a/" + "b" * room)
    with pytest.raises(InvalidInput, match="too long"):
        parse_image("a/" + "b" * (room + 1))


@pytest.mark.parametrize(
    ("text", "familiar"),
    [
        ("docker.io/library/nginx:1", "nginx:1"),
        ("library/nginx", "nginx"),
        ("docker.io/acme/web", "acme/web"),
        ("ghcr.io/acme/web:1", "ghcr.io/acme/web:1"),
        (f"nginx@{DIGEST}", f"nginx@{DIGEST}"),
        (f"docker.io/nginx:1@{DIGEST}", f"nginx:1@{DIGEST}"),
        ("library/a/b", "a/b"),
    ],
)
def test_the_familiar_form(text: str, familiar: str) -> None:
    assert parse_image(text).familiar == familiar


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("nginx", "docker.io/library/nginx:latest"),
        ("nginx:1", "docker.io/library/nginx:1"),
        (f"nginx@{DIGEST}", f"docker.io/library/nginx@{DIGEST}"),
        ("localhost:5000/a", "localhost:5000/a:latest"),
    ],
)
def test_the_canonical_form(text: str, canonical: str) -> None:
    assert parse_image(text).canonical == canonical


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("nginx", "nginx:latest", True),
        ("nginx", "docker.io/library/nginx", True),
        ("nginx", "index.docker.io/nginx:latest", True),
        ("nginx", "nginx:1", False),
        ("nginx", "acme/nginx", False),
        (f"nginx@{DIGEST}", "nginx", False),
        ("not an image", "not an image", True),
        ("not an image", "nginx", False),
    ],
)
def test_the_same_image(one: str, other: str, same: bool) -> None:
    assert same_image(one, other) is same
    assert same_image(other, one) is same


def test_another_tag() -> None:
    assert parse_image("ghcr.io/acme/web:1").with_tag("2").familiar == "ghcr.io/acme/web:2"
    assert parse_image(f"nginx:1@{DIGEST}").with_tag("2").familiar == "nginx:2"
    with pytest.raises(InvalidInput, match="not valid"):
        parse_image("nginx").with_tag("a b")
    with pytest.raises(InvalidInput, match="empty"):
        parse_image("nginx").with_tag("")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ghcr.io/acme/web-app:1", "web-app"),
        ("nginx", "nginx"),
        ("acme/web_app", "web-app"),
        ("acme/web.app:2", "web-app"),
        ("localhost:5000/redis", "redis"),
        ("registry.k8s.io/pause:3.9", "pause"),
        ("acme/" + "a" * 80, "a" * 63),
    ],
)
def test_an_app_is_named_after_its_image(text: str, name: str) -> None:
    assert app_name_from_image(text) == name
    assert check_app_name(name) == name


def test_no_name_comes_from_what_is_no_image() -> None:
    with pytest.raises(InvalidInput):
        app_name_from_image("nginx; touch PWNED")


parts = st.from_regex(r"[a-z0-9]+([._-][a-z0-9]+)*", fullmatch=True).filter(lambda part: len(part) < 40)
references = st.builds(
    ImageRef,
    st.sampled_from(["docker.io", "ghcr.io", "localhost:5000", "a.b.c"]),
    st.lists(parts, min_size=2, max_size=4).map("/".join).filter(lambda path: "." not in path.split("/")[0]),
    st.one_of(st.none(), st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}", fullmatch=True)),
    st.sampled_from([None, DIGEST]),
).filter(lambda ref: not ref.repository.startswith(("library/", "localhost/")))


@given(references)
def test_the_familiar_form_means_the_same(reference: ImageRef) -> None:
    assert parse_image(reference.familiar) == reference


@given(references)
def test_the_canonical_form_means_the_same(reference: ImageRef) -> None:
    assert parse_image(reference.canonical).canonical == reference.canonical


@given(st.text(max_size=60))
def test_any_text_is_an_image_or_refused(text: str) -> None:
    try:
        reference = parse_image(text)
    except InvalidInput:
        return
    assert parse_image(reference.familiar) == reference
    assert not set(text) & set(" ;|&$`'\"<>\n\t\\")
