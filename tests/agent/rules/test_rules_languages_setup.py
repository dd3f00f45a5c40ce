"""The rest of the tools in everyday Spanish, German, French and Portuguese."""

from __future__ import annotations

import pytest

from agent_tools import TOOLS
from tests.agent.rules.scenes import SHOP, brief, hear

BOUND = frozenset(tool.name for tool in TOOLS)
SPANISH = [
    ("expón front en el puerto 8080", "expose(front, port=8080)"),
    ("publica orders en el puerto 9000 a internet", "expose(orders, port=9000, public=True)"),
    ("haz front accesible desde fuera en el puerto 443", "expose(front, port=443, public=True)"),
    ("escala front automáticamente entre 2 y 10 con 70% de cpu", "autoscale(front, min=2, cpu_percent=70, max=10)"),
    ("autoescala orders entre 1 y 4 al 80% de memoria", "autoscale(orders, min=1, memory_percent=80, max=4)"),
    ("autoescala front como máximo 8 réplicas", "autoscale(front, min=1, max=8)"),
    ("desactiva el autoescalado de front", "autoscale(front, enabled=False)"),
    (
        "despliega postgres con un volumen datos en /var/lib/postgresql/data",
        "deploy(postgres, image=postgres, volumes=['datos:/var/lib/postgresql/data'])",
    ),
    (
        "despliega nginx con chequeo de salud en /ok y la etiqueta tier=web",
        "deploy(nginx, image=nginx, health_path=/ok, labels={'tier': 'web'})",
    ),
    ("despliega nginx en el namespace pruebas", "deploy(nginx, image=nginx, namespace=pruebas)"),
    ("ejecuta acme/backup:1 cada noche a las 3", "run_job(image=acme/backup:1, schedule=0 3 * * *)"),
    ("ejecuta acme/backup:1 cada 15 minutos", "run_job(image=acme/backup:1, schedule=*/15 * * * *)"),
    ("ejecuta acme/backup:1 todos los lunes a las 9", "run_job(image=acme/backup:1, schedule=0 9 * * 1)"),
    ('ejecuta un trabajo con busybox y el comando "echo hola"', "run_job(image=busybox, command=['echo', 'hola'])"),
    ("ejecuta busybox una sola vez", "run_job(image=busybox)"),
    ("añade un volumen datos en /data a front", "set_config(front, volumes=['datos:/data'])"),
    ("cambia el comando de orders a python serve.py", "set_config(orders, command=['python', 'serve.py'])"),
    ("pausa el rollout de front", "pause_rollout(front)"),
    ("reanuda el rollout de front", "resume_rollout(front)"),
    ("qué servicios hay", "list()"),
    ("lista los servicios", "list()"),
    ("muestra el uso de front en la última hora", "metrics(front, since=1h)"),
    ("exporta todo", "export_manifest()"),
    ("borra el servicio front", "ask(delete(front))"),
    ("añade 2 réplicas más a front", "scale(front, replicas=5)"),
    ("reinicia front y muestra los registros de orders", "restart(front); logs(orders)"),
    ("deshaz el último cambio", "undo()"),
]
GERMAN = [
    ("veröffentliche front auf port 8080", "expose(front, port=8080)"),
    ("mach front von außen auf port 8080 erreichbar", "expose(front, port=8080, public=True)"),
    ("skaliere front automatisch zwischen 2 und 10 bei 70% cpu", "autoscale(front, min=2, cpu_percent=70, max=10)"),
    (
        "skaliere orders automatisch zwischen 1 und 4 bei 80% speicher",
        "autoscale(orders, min=1, memory_percent=80, max=4)",
    ),
    ("schalte das autoscaling für front aus", "autoscale(front, enabled=False)"),
    ("beende autoscaling für front", "autoscale(front, enabled=False)"),
    (
        "deploye postgres mit einem volume daten unter /var/lib/postgresql/data",
        "deploy(postgres, image=postgres, volumes=['daten:/var/lib/postgresql/data'])",
    ),
    (
        "deploye nginx mit healthcheck auf /ok und label tier=web",
        "deploy(nginx, image=nginx, health_path=/ok, labels={'tier': 'web'})",
    ),
    ("führe acme/backup:1 jede nacht um 3 uhr aus", "run_job(image=acme/backup:1, schedule=0 3 * * *)"),
    ("führe acme/backup:1 alle 15 minuten aus", "run_job(image=acme/backup:1, schedule=*/15 * * * *)"),
    ("führe acme/backup:1 täglich um 2:30 aus", "run_job(image=acme/backup:1, schedule=30 2 * * *)"),
    ("starte acme/migrate:2 einmalig", "run_job(image=acme/migrate:2)"),
    ("füge front ein volume daten unter /data hinzu", "set_config(front, volumes=['daten:/data'])"),
    ("ändere den befehl von orders auf python serve.py", "set_config(orders, command=['python', 'serve.py'])"),
    ("pausiere den rollout von front", "pause_rollout(front)"),
    ("setze den rollout von front fort", "resume_rollout(front)"),
    ("welche dienste gibt es", "list()"),
    ("zeige alle dienste", "list()"),
    ("zeige die auslastung von front der letzten stunde", "metrics(front, since=1h)"),
    ("exportiere alles", "export_manifest()"),
    ("lösche den dienst front", "ask(delete(front))"),
    ("mach die letzte änderung rückgängig", "undo()"),
    ("gib orders 1Gi speicher", "set_resources(orders, memory=1Gi)"),
]
FRENCH = [
    ("expose front sur le port 8080", "expose(front, port=8080)"),
    ("rends front accessible de l'extérieur sur le port 443", "expose(front, port=443, public=True)"),
    (
        "dimensionne front automatiquement entre 2 et 10 à 70% de cpu",
        "autoscale(front, min=2, cpu_percent=70, max=10)",
    ),
    ("autoscale orders entre 1 et 4 à 80% de mémoire", "autoscale(orders, min=1, memory_percent=80, max=4)"),
    ("désactive l'autoscaling de front", "autoscale(front, enabled=False)"),
    (
        "déploie postgres avec un volume donnees sur /var/lib/postgresql/data",
        "deploy(postgres, image=postgres, volumes=['donnees:/var/lib/postgresql/data'])",
    ),
    (
        "déploie nginx avec une sonde de santé sur /ok et le label tier=web",
        "deploy(nginx, image=nginx, health_path=/ok, labels={'tier': 'web'})",
    ),
    ("exécute acme/backup:1 chaque nuit à 3h", "run_job(image=acme/backup:1, schedule=0 3 * * *)"),
    ("exécute acme/backup:1 toutes les 15 minutes", "run_job(image=acme/backup:1, schedule=*/15 * * * *)"),
    ("exécute acme/backup:1 tous les jours à 2h30", "run_job(image=acme/backup:1, schedule=30 2 * * *)"),
    ("lance busybox une seule fois", "run_job(image=busybox)"),
    ("ajoute un volume donnees sur /data à front", "set_config(front, volumes=['donnees:/data'])"),
    ("change la commande de orders à python serve.py", "set_config(orders, command=['python', 'serve.py'])"),
    ("mets en pause le rollout de front", "pause_rollout(front)"),
    ("reprends le rollout de front", "resume_rollout(front)"),
    ("quels services y a-t-il", "list()"),
    ("liste les services", "list()"),
    ("montre la consommation de front sur la dernière heure", "metrics(front, since=1h)"),
    ("exporte tout", "export_manifest()"),
    ("supprime le service front", "ask(delete(front))"),
    ("annule la dernière modification", "undo()"),
]
PORTUGUESE = [
    ("exponha front na porta 8080", "expose(front, port=8080)"),
    ("torne front acessível pela internet na porta 443", "expose(front, port=443, public=True)"),
    ("escale front automaticamente entre 2 e 10 com 70% de cpu", "autoscale(front, min=2, cpu_percent=70, max=10)"),
    (
        "escale orders automaticamente entre 1 e 4 com 80% de memória",
        "autoscale(orders, min=1, memory_percent=80, max=4)",
    ),
    ("desative o autoescalonamento de front", "autoscale(front, enabled=False)"),
    (
        "implante postgres com um volume dados em /var/lib/postgresql/data",
        "deploy(postgres, image=postgres, volumes=['dados:/var/lib/postgresql/data'])",
    ),
    (
        "implante nginx com verificação de saúde em /ok e o rótulo tier=web",
        "deploy(nginx, image=nginx, health_path=/ok, labels={'tier': 'web'})",
    ),
    ("execute acme/backup:1 toda noite às 3", "run_job(image=acme/backup:1, schedule=0 3 * * *)"),
    ("execute acme/backup:1 a cada 15 minutos", "run_job(image=acme/backup:1, schedule=*/15 * * * *)"),
    ("execute acme/backup:1 todos os dias às 2:30", "run_job(image=acme/backup:1, schedule=30 2 * * *)"),
    ("adicione um volume dados em /data ao front", "set_config(front, volumes=['dados:/data'])"),
    ("mude o comando de orders para python serve.py", "set_config(orders, command=['python', 'serve.py'])"),
    ("pause o rollout de front", "pause_rollout(front)"),
    ("retome o rollout de front", "resume_rollout(front)"),
    ("quais serviços existem", "list()"),
    ("liste os serviços", "list()"),
    ("mostre o uso de front na última hora", "metrics(front, since=1h)"),
    ("exporte tudo", "export_manifest()"),
    ("apague o serviço front", "ask(delete(front))"),
    ("desfaça a última mudança", "undo()"),
]


@pytest.mark.parametrize(("text", "meant"), [*SPANISH, *GERMAN, *FRENCH, *PORTUGUESE])
def test_said(text: str, meant: str) -> None:
    assert brief(hear(text, SHOP, BOUND)) == meant
