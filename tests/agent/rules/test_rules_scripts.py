"""Chinese and Japanese, written without spaces, and Hindi in both its scripts: the common requests."""

from __future__ import annotations

import pytest

from agent_tools import TOOLS
from app.agent.rules.segments import spaced
from tests.agent.rules.scenes import SHOP, brief, hear

BOUND = frozenset(tool.name for tool in TOOLS)
CHINESE = [
    ("部署 nginx", "deploy(nginx, image=nginx)"),
    ("部署三个nginx副本", "deploy(nginx, image=nginx, replicas=3)"),
    ("部署一个redis:7，名为queue", "deploy(queue, image=redis:7)"),
    ("把front扩展到5个副本", "scale(front, replicas=5)"),
    ("将 front 缩容到 2", "scale(front, replicas=2)"),
    ("重启 orders", "restart(orders)"),
    ("请重启front", "restart(front)"),
    ("删除cache", "ask(delete(cache))"),
    ("不要删除cache", "answer"),
    (
        "删除所有应用",
        "ask(delete(front); delete(front-admin); delete(orders); delete(cache); delete(mailer); delete(importer))",
    ),
    ("停止front", "stop(front)"),
    ("启动mailer", "start(mailer)"),
    ("查看orders的日志", "logs(orders)"),
    ("显示 front 最后 50 行日志", "logs(front, tail=50)"),
    ("front 的状态怎么样", "status(front)"),
    ("现在运行着什么", "list()"),
    ("为什么 importer 崩溃了", "analyze(importer)"),
    ("把front更新到nginx:1.28", "update_image(front, image=nginx:1.28)"),
    ("回滚 front", "rollback(front)"),
    ("在80端口暴露front", "expose(front, port=80)"),
    ("暴露front的80端口", "expose(front, port=80)"),
    ("撤销", "undo()"),
    ("你好", "answer"),
    ("帮助", "help()"),
    ("如何扩展front", "help(topic=scale)"),
]
JAPANESE = [
    ("nginxを3つデプロイして", "deploy(nginx, image=nginx, replicas=3)"),
    ("frontを5個にスケールして", "scale(front, replicas=5)"),
    ("frontを5レプリカにスケールして", "scale(front, replicas=5)"),
    ("ordersを再起動して", "restart(orders)"),
    ("ordersを再起動してください", "restart(orders)"),
    ("cacheを削除して", "ask(delete(cache))"),
    ("cacheを削除しないで", "answer"),
    (
        "すべてのアプリを削除して",
        "ask(delete(front); delete(front-admin); delete(orders); delete(cache); delete(mailer); delete(importer))",
    ),
    ("frontを停止して", "stop(front)"),
    ("ordersのログを見せて", "logs(orders)"),
    ("frontの状態を教えて", "status(front)"),
    ("何が動いていますか", "list()"),
    ("なぜimporterが落ちているのですか", "analyze(importer)"),
    ("frontをnginx:1.28に更新して", "update_image(front, image=nginx:1.28)"),
    ("frontをロールバックして", "rollback(front)"),
    ("frontをポート80で公開して", "expose(front, port=80)"),
]
HINDI = [
    ("元に戻して", "undo()"),
    ("こんにちは", "answer"),
    ("front ko 5 replica tak scale karo", "scale(front, replicas=5)"),
    ("front ko restart karo", "restart(front)"),
    ("orders ko band kar do", "stop(orders)"),
    ("cache ko delete kar do", "ask(delete(cache))"),
    ("cache ko delete mat karo", "answer"),
    ("orders ke logs dikhao", "logs(orders)"),
    ("nginx deploy karo port 80 par", "deploy(nginx, image=nginx, ports=[80])"),
    ("front ka status batao", "status(front)"),
    ("kya chal raha hai", "list()"),
    ("importer kyun crash ho raha hai", "analyze(importer)"),
    (
        "sab kuch delete kar do",
        "ask(delete(front); delete(front-admin); delete(orders); delete(cache); delete(mailer); delete(importer))",
    ),
    ("front ko nginx:1.28 par update karo", "update_image(front, image=nginx:1.28)"),
    ("front को 5 रेप्लिका तक स्केल करो", "scale(front, replicas=5)"),
    ("orders को रीस्टार्ट करो", "restart(orders)"),
    ("orders के लॉग दिखाओ", "logs(orders)"),
    ("cache को हटाओ", "ask(delete(cache))"),
    ("cache को मत हटाओ", "answer"),
    ("front की स्थिति बताओ", "status(front)"),
    ("तीन nginx डिप्लॉय करो", "deploy(nginx, image=nginx, replicas=3)"),
    (
        "सब हटा दो",
        "ask(delete(front); delete(front-admin); delete(orders); delete(cache); delete(mailer); delete(importer))",
    ),
]


@pytest.mark.parametrize(("text", "meant"), [*CHINESE, *JAPANESE, *HINDI])
def test_said(text: str, meant: str) -> None:
    assert brief(hear(text, SHOP, BOUND)) == meant


@pytest.mark.parametrize(
    "text",
    [
        "不要停止front",
        "frontを停止しないでください",
        "cacheは削除しないで",
        "front ko band mat karo",
        "front को बंद मत करो",
    ],
)
def test_what_is_denied_is_not_done(text: str) -> None:
    assert not hear(text, SHOP, BOUND).wishes


def test_runs_are_cut_at_the_longest_known_words() -> None:
    assert spaced("重新启动web").split() == ["重新启动", "web"]
    assert spaced("webを再起動してください").split() == ["web", "を", "再起動して", "ください"]
    assert spaced("restart web") == "restart web"
    assert spaced("魑魅").split() == ["魑魅"]


def test_a_long_run_is_linear() -> None:
    assert len(spaced("部署魑" * 5000)) > 10_000
