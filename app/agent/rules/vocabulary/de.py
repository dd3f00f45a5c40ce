"""German: the everyday words; many verbs come in two parts ("starte redis neu")."""

from __future__ import annotations

from app.agent.rules.senses import Role
from app.agent.rules.vocabulary import Language, Terms, in_order

_VERBS = {
    "autoscale": "skaliere ~ automatisch, skalier ~ automatisch, automatisch skalieren, autoskaliere, aktiviere "
    "autoscaling, schalte autoscaling ~ ein",
    "noscale": "deaktiviere autoscaling, deaktiviere das autoscaling, deaktiviere die autoskalierung, schalte "
    "autoscaling ~ aus, schalte das autoscaling ~ aus, schalte die autoskalierung ~ aus, beende "
    "autoscaling, beende das autoscaling, stoppe autoscaling, stoppe das autoscaling, stoppe die "
    "autoskalierung, kein autoscaling mehr",
    "schedule": "plane, plan, planen",
    "label": "beschrifte",
    "deploy": "deploye, deployen, installiere, installieren, stelle ~ bereit, stell ~ bereit, bereitstellen, "
    "rolle ~ aus, roll ~ aus, setze ~ auf, setz ~ auf, lege ~ an, leg ~ an",
    "create": "erstelle, erstell, erstellen, erzeuge, erzeugen, anlegen",
    "run": "führe ~ aus, ausführen, lass ~ laufen, lasse ~ laufen",
    "start": "starte, start, starten, fahre ~ hoch, fahr ~ hoch, hochfahren, schalte ~ ein, schalte ~ an, "
    "schalt ~ an, einschalten, aktiviere, setze ~ fort, nimm ~ in betrieb, wecke ~ auf",
    "stop": "stoppe, stopp, stoppen, halte ~ an, halt ~ an, anhalten, beende, beenden, fahre ~ herunter, "
    "fahr ~ herunter, fahre ~ runter, fahr ~ runter, herunterfahren, schalte ~ aus, schalt ~ aus, ausschalten, "
    "abschalten, schalte ~ ab, pausiere",
    "restart": "starte ~ neu, start ~ neu, neu starten, neustarten, neustarte, starte ~ nochmal, boote ~ neu, "
    "rebooten, starten ~ neu",
    "delete": "lösche, lösch, löschen, entferne, entfern, entfernen, zerstöre, vernichte, wirf ~ weg, räume ~ ab, "
    "räum ~ auf, schmeiß ~ weg, deinstalliere, mach ~ weg",
    "scale": "skaliere, skalier, skalieren",
    "raise": "erhöhe, erhöh, erhöhen, skaliere ~ hoch, hochskalieren, vergrößere, fahre ~ auf",
    "lower": "verringere, verringern, reduziere, reduzier, reduzieren, senke, skaliere ~ runter, "
    "skaliere ~ herunter, verkleinere, herunterskalieren",
    "multiply": "verdopple, verdoppeln, verdreifache, verdreifachen, halbiere, halbieren",
    "set": "setze, setz, setzen, ändere, ändern, stelle, konfiguriere, begrenze, beschränke, lege ~ fest",
    "add": "hänge ~ ein, häng ~ ein, binde ~ ein, füge ~ hinzu, füg ~ hinzu, hinzufügen, ergänze",
    "give": "gib",
    "keep": "halte, sorge dafür dass, stell sicher dass, stelle sicher dass",
    "need": "brauche, brauchen, braucht, möchte, will, wollen, hätte gern, hätte gerne, benötige, benötigt",
    "update": "aktualisiere, aktualisieren, update, upgrade",
    "rollback": "setze ~ zurück, setz ~ zurück, zurücksetzen, rolle ~ zurück, roll ~ zurück, zurückrollen, "
    "geh ~ zurück",
    "undo": "mach ~ rückgängig, mache ~ rückgängig, rückgängig, rückgängig machen",
    "expose": "mache ~ erreichbar, mach ~ öffentlich, mache ~ öffentlich, gib ~ nach außen frei, soll erreichbar "
    "sein, muss erreichbar sein, leite ~ weiter, veröffentliche, veröffentlichen, öffne, öffnen, mach ~ erreichbar",
    "heal": "repariere, reparier, reparieren, behebe, beheben, heile, heilen, bring ~ in ordnung",
    "analyze": "analysiere, analysieren, untersuche, untersuchen, diagnostiziere, finde heraus, debugge",
    "simulate": "simuliere, simulieren",
    "export": "exportiere, exportieren",
    "compare": "vergleiche, vergleichen",
    "show": "zeige, zeig, zeigen, zeige ~ an, zeig ~ an, anzeigen, sag, sage, hole, hol, gib mir, lies",
    "list": "liste, auflisten, liste ~ auf, list ~ auf",
    "check": "prüfe, prüf, prüfen, überprüfe, schau, schau nach, kontrolliere",
    "find": "finde, finden, suche, such, suchen",
    "describe": "beschreibe, beschreib, beschreiben",
    "explain": "erkläre, erklär, erklären",
    "help": "hilf, hilfe, helfen",
}

_WORDS: Terms = {
    Role.AUX: {
        "be": "ist, sind, war, waren, läuft, laufen",
        "have": "hat, haben",
        "should": "soll, sollte, muss",
        "can": "kann",
    },
    Role.ASK: {
        "why": "warum, wieso, weshalb, weswegen, was ist los mit, woran liegt es",
        "happened": "was ist mit ~ passiert, was ist mit ~ los, was ist passiert, was passiert, was geschah, "
        "was ist geschehen, was war los",
        "howto": "wie kann ich, wie kann man, wie mache ich, wie skaliere ich, wie starte ich, wie lösche ich, "
        "wie deploye ich, kann ich, ist es möglich, wie geht",
        "howis": "wie geht es, wie läuft, wie ist, wie steht es um",
        "howmany": "wie viele, wieviele",
        "howmuch": "wie viel, wieviel",
        "hypo": "was wäre wenn, was passiert wenn, was würde passieren, soll ich, sollte ich",
        "define": "was ist ein, was ist eine, was bedeutet, was heißt",
        "what": "was, welche, welcher, welches, welchen",
        "anything": "alles ok, alles in ordnung, alles gut, läuft alles",
        "whatabout": "und was ist mit, was ist mit",
    },
    Role.REQUEST: {
        "you": "kannst du, könntest du, könntest du bitte, würdest du, können sie, könnten sie",
        "me": "ich möchte, ich will, ich würde gern, ich würde gerne, lass uns, wir müssen, wir wollen",
    },
    Role.FILLER: {
        "polite": "bitte, jetzt, sofort, gleich, mal, doch, mir, uns, schnell, auch, dann mal, einfach, wieder, "
        "nochmals, dass, lieber, stattdessen",
        "article": "der, die, das, den, dem, des, ein, eine, einen, einem, einer, mein, meine, meinen, meiner, "
        "unser, unsere, dein, deine, neue, neuen, neuer, neues",
    },
    Role.SUBJECT: {"subject": "ich, wir, du, sie, die nutzer, kunden"},
    Role.NOT: {"not": "niemals, nie, ohne, statt, anstatt, anstelle von, kein, keine, keinen", "after": "nicht"},
    Role.DROP: {"drop": "vergiss, ignoriere, lass ~ in ruhe, egal, abbrechen"},
    Role.CONDITION: {
        "if": "wenn, falls, sofern, solange",
        "when": "sobald, nachdem, bevor",
        "unless": "außer wenn, es sei denn",
    },
    Role.CORRECTION: {
        "fix": "nein warte, warte, ich meine, ich meinte, doch lieber, entschuldigung, sorry, quatsch, besser gesagt"
    },
    Role.AGAIN: {
        "repeat": "nochmal, noch einmal, mach das nochmal, wiederhole, wiederhol das",
        "same": "das gleiche mit, das gleiche für, dasselbe mit, dasselbe für, mach dasselbe mit, genauso",
        "other": "die andere, das andere, der andere, den anderen",
        "others": "die anderen, den rest, der rest",
    },
    Role.CONNECT: {
        "and": "und, sowie, außerdem",
        "then": "dann, danach, anschließend, und dann, und danach",
        "but": "aber, sondern, jedoch",
        "or": "oder",
    },
    Role.PREP: {
        "to": "auf, bis, zu, bis auf",
        "by": "um",
        "from": "ab",
        "of": "von, vom",
        "for": "für",
        "on": "an",
        "in": "im, in",
        "at": "unter, bei",
        "with": "mit",
        "using": "mittels",
        "between": "zwischen",
    },
    Role.PRONOUN: {"it": "es, ihn, dies, diese, dieser, dieses, diesen", "them": "beide, beiden, ihnen, alle beide"},
    Role.ALL: {"all": "alle, alles, allen, jede, jeden, jedes, sämtliche, den ganzen cluster, das ganze system"},
    Role.EXCEPT: {"except": "außer, bis auf, ausgenommen, alles außer, alle außer"},
    Role.DEGREE: {
        "+": "mehr, weitere, weiteren, weiterer, zusätzliche, zusätzlich",
        "-": "weniger",
        "*2": "doppelt, doppelt so viele, verdopple, verdoppeln",
        "*3": "dreimal so viele, verdreifache, verdreifachen",
        "/2": "hälfte, die hälfte, halbiere, halbieren, halb so viele, halbe, halben",
    },
    Role.VAGUE: {"vague": "ein paar, einige, mehrere, viele, etwas, ein bisschen, ein wenig"},
    Role.STATE: {
        "bad": "kaputt, abgestürzt, down, langsam, fehlerhaft, gestört, hängt, stürzt ab, abstürzt, "
        "funktioniert nicht, reagiert nicht, geht nicht, tot, ausgefallen",
        "good": "gesund, läuft, bereit, in ordnung, gut, erreichbar",
        "stopped": "gestoppt, angehalten, ausgeschaltet",
        "gone": "weg, gelöscht",
    },
    Role.PROBLEM: {"problem": "problem, probleme, fehler, störung, ausfall"},
    Role.ORDINAL: {
        "1": "erste, ersten, erster, das erste",
        "2": "zweite, zweiten, zweiter",
        "3": "dritte, dritten",
        "-1": "letzte, letzten",
    },
    Role.TIME: {
        "future": "morgen, heute abend, heute nacht, später, jede nacht, jeden tag, täglich",
        "past": "gestern, letzte nacht, kürzlich, vorhin",
    },
    Role.GREETING: {
        "hello": "hallo, guten morgen, guten tag, guten abend, moin, servus, grüß gott",
        "thanks": "danke, vielen dank, danke schön, dankeschön",
        "bye": "tschüss, auf wiedersehen",
    },
    Role.NOUN: {
        "rollout": "rollout, ausrollen, auslieferung",
        "autoscale": "autoskalierung, automatische skalierung, autoscaling",
        "health": "gesundheitsprüfung, gesundheitscheck, healthcheck, health-check",
        "volume": "volume, volumes, laufwerk, festplatte, datenträger, persistenter speicher",
        "labels": "label, labels, etikett",
        "command": "befehl, kommando",
        "loadbalancer": "öffentliche adresse, lastverteiler, öffentliche url, loadbalancer",
        "cpu": "cpu-last",
        "logs": "protokoll, protokolle, logs, ausgabe, logdatei, logeinträge",
        "events": "ereignisse, ereignis",
        "status": "zustand, status, gesundheit",
        "app": "anwendung, dienst, app",
        "apps": "anwendungen, dienste, apps, container",
        "replicas": "replikate, replikat, replikas, replika, instanzen, instanz, kopien, kopie, exemplare",
        "image": "image, abbild",
        "version": "version, versionen",
        "config": "konfiguration, einstellungen, details",
        "manifest": "manifest",
        "env": "umgebungsvariable, umgebungsvariablen, variable",
        "memory": "speicher, arbeitsspeicher",
        "metrics": "auslastung, verbrauch, metriken, speicherverbrauch",
        "cost": "kosten, kostet, preis, ausgaben, gebe ich aus",
        "history": "verlauf, historie, revisionen",
        "running": "was läuft, was läuft gerade, was läuft denn",
        "help": "hilfe, was kannst du, was kannst du tun",
        "restart": "neustart",
    },
    Role.UNIT: {
        "replicas": "replikate, replikat, replikas, instanzen, instanz, kopien, kopie, exemplare, container",
        "s": "sekunden, sekunde",
        "m": "minuten, minute",
        "h": "stunden, stunde",
        "d": "tage, tagen, tag",
        "lines": "zeilen, zeile",
        "cpu": "kerne, kern, kernen",
        "memory:Gi": "gigabyte",
        "memory:Mi": "megabyte",
        "times": "mal so viele",
    },
    Role.MARK: {
        "health": "gesundheitsprüfung, gesundheitscheck, healthcheck, health-check",
        "volume": "volume, volumes, laufwerk, datenträger, persistenter speicher, eingehängt unter",
        "command": "befehl, mit dem befehl, mit befehl, kommando, mit dem kommando",
        "args": "argumente, mit den argumenten, mit argumenten",
        "label": "label, labels, mit dem label, mit den labels",
        "min": "mindestens, minimum, minimal, nicht weniger als",
        "max": "höchstens, maximal, maximum, nicht mehr als",
        "public": "öffentlich, von außen, nach außen, ins internet, im internet, aus dem internet, extern",
        "target": "zielport, auf den port, auf port",
        "cpu": "cpu-last",
        "namespace": "namespace, namensraum",
        "name": "namens, mit namen, mit dem namen, genannt, unter dem namen, als, nenne es",
        "port": "port, ports, auf port, am port",
        "image": "image, mit dem image, mit image",
        "memory": "speicher, arbeitsspeicher",
        "last": "letzten, letzte",
        "since": "in den letzten, der letzten, seit, aus den letzten, aus der letzten, in der letzten",
        "grep": "die enthalten, mit dem text, mit dem wort",
    },
    Role.CATEGORY: {
        "database": "datenbank",
        "web": "webserver, webseite, website",
        "something": "irgendwas, eine app, eine anwendung",
    },
}

_OBJECTS: Terms = {
    Role.KIND: {
        "Service": "dienst, dienste, der dienst, den dienst",
        "PersistentVolumeClaim": "volume, volumes, datenträger, laufwerke",
        "CronJob": "geplante aufgabe, geplante aufgaben, geplanter job, geplante jobs",
        "Secret": "geheimnis, geheimnisse",
        "Namespace": "namensräume, namespaces",
    },
    Role.JOB: {
        "job": "job, einen job, auftrag, aufgabe, einen auftrag",
        "once": "einmal, nur einmal, ein einziges mal, einmalig",
        "cron": "geplante aufgabe, geplanten job",
    },
    Role.CYCLE: {
        "each": "alle, jede, jeden, jedes",
        "m": "jede minute, minütlich",
        "h": "jede stunde, stündlich",
        "d": "jeden tag, täglich",
        "night": "jede nacht, nachts, allnächtlich",
        "morning": "jeden morgen",
        "evening": "jeden abend",
        "w": "jede woche, wöchentlich",
        "month": "jeden monat, monatlich",
        "1": "jeden montag, montags",
        "2": "jeden dienstag, dienstags",
        "3": "jeden mittwoch, mittwochs",
        "4": "jeden donnerstag, donnerstags",
        "5": "jeden freitag, freitags",
        "6": "jeden samstag, samstags",
        "0": "jeden sonntag, sonntags",
        "weekday": "werktags, an werktagen",
    },
    Role.CLOCK: {
        "at": "um, gegen",
        "0": "mitternacht, um mitternacht",
        "12": "mittags, um mittag",
        "am": "morgens, früh, vormittags",
        "pm": "abends, nachmittags",
        "hour": "uhr",
    },
}

_NUMBERS = {
    **in_order(
        "null, eins, zwei, drei, vier, fünf, sechs, sieben, acht, neun, zehn, "
        "elf, zwölf, dreizehn, vierzehn, fünfzehn, sechzehn, siebzehn, achtzehn, neunzehn, zwanzig"
    ),
    "dreißig": 30,
    "vierzig": 40,
    "fünfzig": 50,
    "hundert": 100,
    "tausend": 1000,
    "ein dutzend": 12,
    "dutzend": 12,
    "ein halbes dutzend": 6,
    "ein paar replikate": -1,
    "fünfundzwanzig": 25,
}

GERMAN = Language("de", {Role.VERB: _VERBS, **_WORDS, **_OBJECTS}, _NUMBERS)
