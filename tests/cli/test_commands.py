"""The outer contract of the `kubelite` command, on the simulator, without a server."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest

from app.stores.home import Home
from tests.cli.conftest import Kubelite

APPLICATION = """\
apiVersion: kubelite.io/v1
kind: Application
metadata:
  name: shop
spec:
  replicas: 2
  container:
    image: nginx:1.25
    ports:
    - containerPort: 80
"""


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(APPLICATION)
    return path


def test_ask_deploys_and_the_next_process_still_knows_it(kubelite: Kubelite) -> None:
    answer = json.loads(kubelite("ask", "--json", "deploy 3 nginx containers").out)
    assert answer["actions"] == [{"action": "deploy", "app": "nginx", "image": "nginx", "replicas": 3}]
    assert (answer["model"], answer["approvals"]) == ("rules", [])
    assert "3 of 3 ready" in answer["reply"]

    state = json.loads(kubelite("status", "--json").out)
    (app,) = state["apps"]
    assert {"name", "namespace", "runtime", "image", "status", "reason", "replicas", "restarts", "revision"} < set(app)
    assert (app["status"], app["replicas"]) == ("Running", {"desired": 3, "ready": 3, "total": 3})
    assert len(app["urls"]) == 3

    assert "5 of 5 ready" in kubelite("ask", "scale it to 5").out


def test_delete_asks_and_a_typed_yes_in_the_next_call_does_it(kubelite: Kubelite) -> None:
    kubelite("ask", "deploy nginx")
    asked = kubelite("ask", "delete nginx")
    assert "Waiting for your approval: Delete nginx" in asked.out
    assert "lost:" in asked.out
    assert json.loads(kubelite("status", "--json").out)["apps"]
    assert "Deleted" in kubelite("ask", "yes").out
    assert json.loads(kubelite("status", "--json").out)["apps"] == []


def test_a_typed_no_keeps_it(kubelite: Kubelite) -> None:
    kubelite("ask", "deploy nginx")
    kubelite("ask", "delete nginx")
    kubelite("ask", "no")
    assert len(json.loads(kubelite("status", "--json").out)["apps"]) == 1
    assert "approval" not in kubelite("ask", "yes").out.lower()


def test_yes_grants_as_the_local_admin(kubelite: Kubelite) -> None:
    kubelite("ask", "deploy nginx")
    answer = json.loads(kubelite("ask", "--yes", "--json", "delete nginx").out)
    assert answer["actions"] == [{"action": "delete", "app": "nginx"}]
    assert [approval["state"] for approval in answer["approvals"]] == ["done"]
    assert answer["reply"].startswith("Approved with --yes: Delete nginx.\n\nDeleted **nginx**")
    assert "Nothing was changed yet" not in answer["reply"]


def test_new_starts_a_conversation_that_knows_nothing_of_the_last(kubelite: Kubelite) -> None:
    kubelite("ask", "deploy nginx")
    kubelite("ask", "deploy redis")
    answer = json.loads(kubelite("ask", "--new", "--json", "scale it to 2").out)
    assert answer["actions"][0]["action"] == "clarify"


def test_apply_then_export_then_apply_changes_nothing(kubelite: Kubelite, manifest: Path, tmp_path: Path) -> None:
    dry = kubelite("apply", "-f", str(manifest), "--dry-run")
    assert dry.code == 0
    assert json.loads(kubelite("status", "--json").out)["apps"] == []
    assert kubelite("apply", "-f", str(manifest)).code == 0
    exported = tmp_path / "exported.yaml"
    exported.write_text(kubelite("export", "shop").out)
    again = kubelite("diff", "-f", str(exported))
    assert again.code == 0
    assert "As the manifest says already: shop" in again.out
    (app,) = json.loads(kubelite("status", "shop", "--json").out)["apps"]
    assert (app["name"], app["revision"], app["replicas"]["ready"]) == ("shop", 1, 2)


def test_an_app_from_a_manifest_is_deleted_by_sentence(kubelite: Kubelite, manifest: Path) -> None:
    kubelite("apply", "-f", str(manifest))
    assert json.loads(kubelite("ask", "--yes", "--json", "delete shop").out)["actions"] == [
        {"action": "delete", "app": "shop"}
    ]
    assert json.loads(kubelite("status", "--json").out)["apps"] == []


def test_validate_names_field_line_and_fix(kubelite: Kubelite, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(APPLICATION.replace("replicas: 2", "replicas: -3").replace("80", "80.5"))
    ended = kubelite("validate", str(bad))
    assert ended.code == 1
    assert "6:spec.replicas" in ended.out
    assert "10:spec.container.ports[0].containerPort" in ended.out
    (report,) = json.loads(kubelite("validate", str(bad), "--json").out)["files"]
    assert [error["line"] for error in report["errors"]] == [6, 10]


@pytest.mark.parametrize("replicas", ["-3", "2.5", "1e9", "many"])
def test_wrong_numbers_change_nothing(kubelite: Kubelite, replicas: str) -> None:
    kubelite("ask", "deploy 2 nginx")
    answer = json.loads(kubelite("ask", "--json", f"scale nginx to {replicas}").out)
    assert answer["actions"][0]["action"] in ("refuse", "clarify")
    assert json.loads(kubelite("status", "--json").out)["apps"][0]["replicas"]["desired"] == 2


def test_an_image_text_with_a_shell_command_is_no_image(
    kubelite: Kubelite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = json.loads(kubelite("ask", "--json", "deploy image `nginx; touch PWNED`").out)
    assert all(action["action"] in ("refuse", "clarify") for action in answer["actions"])
    assert json.loads(kubelite("status", "--json").out)["apps"] == []
    assert not (tmp_path / "PWNED").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("status", "ghost"), 1, "there is no app called 'ghost'; known apps: none"),
        (("apply", "-f", "nowhere.yaml"), 1, "nowhere.yaml cannot be read"),
        (("export", "ghost"), 1, "ghost"),
        (("ask",), 2, "Missing argument"),
        (("frobnicate",), 2, "No such command"),
        (("serve", "--port", "99999"), 2, "not in the range"),
    ],
)
def test_what_is_wrong_is_said_on_stderr(kubelite: Kubelite, arguments: tuple[str, ...], code: int, words: str) -> None:
    ended = kubelite(*arguments)
    assert ended.code == code
    assert words in ended.err


def test_without_a_server_it_is_said_that_nothing_goes_on(kubelite: Kubelite) -> None:
    ended = kubelite("ask", "deploy doesnotexist:1")
    assert (ended.code, "ErrImagePull" in ended.out) == (1, True)
    assert "(No server is running, so nothing is done about doesnotexist after this; start one: make run)" in ended.err


def test_status_of_a_misspelt_app_offers_the_nearest(kubelite: Kubelite) -> None:
    kubelite("ask", "deploy nginx")
    assert "near names: nginx" in kubelite("status", "ngimx").err


def test_a_file_that_is_too_large_is_named_with_the_limit(kubelite: Kubelite, tmp_path: Path) -> None:
    large = tmp_path / "large.yaml"
    large.write_bytes(b"#" * 3_000_000)
    for command in (("apply", "-f"), ("validate",)):
        ended = kubelite(*command, str(large))
        assert ended.code == 1
        assert f"{large} is larger than 1,048,576 bytes" in ended.err


def test_standard_input_is_called_so(kubelite: Kubelite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe\x00")))
    assert "standard input is not utf-16 text" in kubelite("apply", "-f", "-").err


def test_a_model_that_cannot_be_reached_is_said_beside_the_answer(
    kubelite: Kubelite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    ended = kubelite("ask", "deploy nginx")
    assert (ended.code, "1 of 1 ready" in ended.out) == (0, True)
    assert "(The model gpt-4o-mini did not answer (it cannot be reached); the rules answered.)" in ended.err
    monkeypatch.setenv("OPENAI_BASE_URL", "localhost:11434")
    assert "'localhost:11434' is not an http or https address" in kubelite("doctor").out


def test_nobody_else_reads_the_data_directory_even_one_that_was_there(
    kubelite: Kubelite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "shared").mkdir(mode=0o755)
    monkeypatch.setenv("KUBELITE_HOME", str(tmp_path / "shared"))
    kubelite("ask", "deploy nginx")
    files = [path for path in (tmp_path / "shared").iterdir() if path.is_file()]
    assert {path.name for path in files} >= {"kubelite.db", "conversations.db", "token"}
    assert [path.name for path in files if path.stat().st_mode & 0o077] == []


def test_a_second_server_is_told_where_the_first_one_is(kubelite: Kubelite) -> None:
    home = Home.open(Path(os.environ["KUBELITE_HOME"]))
    home.announce("http://127.0.0.1:8123")
    try:
        ended = kubelite("serve")
        assert ended.code == 1
        assert f"already, at http://127.0.0.1:8123 (pid {os.getpid()})" in ended.err
    finally:
        home.close()


def test_a_wrong_setting_is_named(kubelite: Kubelite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBELITE_PORT", "eighty")
    ended = kubelite("status")
    assert ended.code == 2
    assert "KUBELITE_PORT" in ended.err


def test_a_second_process_on_the_directory_is_told_who_has_it(kubelite: Kubelite) -> None:
    home = Home.open(Path(os.environ["KUBELITE_HOME"]))
    try:
        ended = kubelite("ask", "deploy nginx")
        assert ended.code == 1
        assert f"another KubeLite (pid {os.getpid()}) uses" in ended.err
    finally:
        home.close()


def test_a_data_directory_that_is_a_file(kubelite: Kubelite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KUBELITE_HOME", str(tmp_path / "file"))
    ended = kubelite("status")
    assert ended.code == 1
    assert "KUBELITE_HOME" in ended.err


def test_doctor_says_what_to_do(kubelite: Kubelite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no.sock")
    ended = kubelite("doctor")
    assert ended.code == 0
    assert "there is no socket" in ended.out
    monkeypatch.setenv("KUBELITE_RUNTIME", "docker")
    assert kubelite("doctor").code == 1


def test_move_says_what_differs_and_what_was_seen(kubelite: Kubelite) -> None:
    kubelite("ask", "deploy nginx")
    unknown = kubelite("move", "nginx", "--to", "moon")
    assert unknown.code == 1
    assert 'There is no runtime "moon" here' in unknown.err
    same = kubelite("move", "nginx", "--to", "simulator")
    assert same.code == 1
    assert "nginx runs on simulator already" in same.err
    without_key = kubelite("move", "nginx", "--to", "nosana")
    assert without_key.code == 1
    assert "NOSANA_API_KEY" in without_key.err
    assert kubelite("move", "nginx").code == 2


def test_cost_where_nothing_is_rented(kubelite: Kubelite) -> None:
    ended = kubelite("cost")
    assert (ended.code, ended.out) == (0, "There are no apps, and nothing was spent.\n")


def test_nosana_without_a_key_is_answered_with_the_way_to_one(
    kubelite: Kubelite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBELITE_RUNTIME", "nosana")
    ended = kubelite("status")
    assert ended.code == 1
    assert "NOSANA_API_KEY is not set; make a key at" in ended.err
    checked = json.loads(kubelite("doctor", "--json").out)["checks"]
    (nosana,) = checks_of(checked, "Nosana")
    assert (nosana["ok"], nosana["needed"]) == (False, True)
    monkeypatch.setenv("KUBELITE_RUNTIME", "simulator")
    (nosana,) = checks_of(json.loads(kubelite("doctor", "--json").out)["checks"], "Nosana")
    assert (nosana["ok"], nosana["needed"]) == (True, False)


def checks_of(checks: list[dict[str, object]], what: str) -> list[dict[str, object]]:
    return [check for check in checks if check["what"] == what]


def test_a_wrong_key_is_named_and_not_shown(kubelite: Kubelite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOSANA_API_KEY", "nos_s3cret key")
    ended = kubelite("status")
    assert ended.code == 2
    assert "NOSANA_API_KEY: has characters that no key has" in ended.err
    assert "s3cret" not in ended.err
