"""Other languages: vocabulary only, the same grammar."""

from __future__ import annotations

import pytest

from tests.agent.rules.scenes import ALL, NOTHING, brief, hear

SPOKEN = [
    ("escala front a 5", "scale(front, replicas=5)"),
    ("aumenta orders en 2 réplicas", "scale(orders, replicas=4)"),
    ("reinicia orders por favor", "restart(orders)"),
    ("elimina cache, por favor", "ask(delete(cache))"),
    ("no borres front", "answer"),
    ("para front", "stop(front)"),
    ("muéstrame los registros de orders", "logs(orders)"),
    ("muestra los logs de orders de los últimos 10 minutos", "logs(orders, since=10m)"),
    ("¿qué está corriendo?", "list()"),
    ("¿cómo está front?", "status(front)"),
    ("¿por qué falla importer?", "events(importer)"),
    ("si importer está caído, reinícialo", "restart(importer)"),
    ("ayuda", "help()"),
    ("hola", "answer"),
    ("skaliere front auf fünf replikate", "scale(front, replicas=5)"),
    ("erhöhe orders um 2", "scale(orders, replicas=4)"),
    ("fahre cache hoch und starte orders neu", "restart(orders)"),
    ("starte front und orders neu", "restart(front); restart(orders)"),
    ("fahre front herunter", "stop(front)"),
    ("lösche cache", "ask(delete(cache))"),
    ("lösche front nicht", "answer"),
    ("zeig mir die logs von orders", "logs(orders)"),
    ("was läuft gerade?", "list()"),
    ("warum stürzt importer ab?", "events(importer)"),
    ("was ist mit orders passiert?", "events(orders)"),
    ("hilfe", "help()"),
    ("passe front à 5 réplicas", "scale(front, replicas=5)"),
    ("ajoute deux réplicas à orders", "scale(orders, replicas=4)"),
    ("redémarre orders", "restart(orders)"),
    ("redemarre orders", "restart(orders)"),
    ("ne supprime pas front, supprime cache", "ask(delete(cache))"),
    ("supprime cache s'il te plaît", "ask(delete(cache))"),
    ("montre-moi les logs de orders", "logs(orders)"),
    ("quel est l'état de front ?", "status(front)"),
    ("pourquoi importer plante ?", "events(importer)"),
    ("aide", "help()"),
    ("aumente o front para 6", "scale(front, replicas=6)"),
    ("adiciona duas réplicas ao orders", "scale(orders, replicas=4)"),
    ("reinicia o cache", "restart(cache)"),
    ("apague o cache", "ask(delete(cache))"),
    ("não apague o front", "answer"),
    ("mostra os logs do orders", "logs(orders)"),
    ("o que está rodando?", "list()"),
    ("por que o importer está caindo?", "events(importer)"),
    ("ajuda", "help()"),
]

DEPLOYED = [
    ("instala cuatro réplicas de nginx con puerto 8080", "deploy(nginx, image=nginx, replicas=4, ports=[8080])"),
    ("deploye nginx mit 2 replikaten auf port 8080", "deploy(nginx, image=nginx, replicas=2, ports=[8080])"),
    ("déploie trois nginx sur le port 8080", "deploy(nginx, image=nginx, replicas=3, ports=[8080])"),
    ("implante 3 nginx na porta 8080", "deploy(nginx, image=nginx, replicas=3, ports=[8080])"),
]


@pytest.mark.parametrize(("text", "meant"), SPOKEN)
def test_spoken(text: str, meant: str) -> None:
    assert brief(hear(text)) == meant


@pytest.mark.parametrize(("text", "meant"), DEPLOYED)
def test_deployed(text: str, meant: str) -> None:
    assert brief(hear(text, NOTHING)) == meant


@pytest.mark.parametrize("text", ["borra todo", "lösche alles", "supprime tout", "exclua tudo"])
def test_everything_is_asked_for_in_every_language(text: str) -> None:
    reading = hear(text)
    assert reading.wishes[0].arguments == {"apps": list(ALL)}
    assert brief(reading).startswith("ask(")
