"""German: the everyday words; many verbs come in two parts ("starte redis neu")."""

from __future__ import annotations

from app.agent.rules.senses import Role
from app.agent.rules.vocabulary import Language, Terms, in_order

_VERBS = {
    "unset": "entferne die variable, lösche die variable, entferne die umgebungsvariable, lösche die umgebungsvariable",
    "autoscale": "lass ~ automatisch skalieren, automatisch zwischen, schalte autoscaling ein, "
    "skaliere ~ automatisch, skalier ~ automatisch, automatisch skalieren, autoskaliere, aktiviere "
    "autoscaling, schalte autoscaling ~ ein",
    "noscale": "deaktiviere autoscaling, deaktiviere das autoscaling, deaktiviere die autoskalierung, schalte "
    "autoscaling ~ aus, schalte das autoscaling ~ aus, schalte die autoskalierung ~ aus, beende "
    "autoscaling, beende das autoscaling, stoppe autoscaling, stoppe das autoscaling, stoppe die "
    "autoskalierung, kein autoscaling mehr",
    "schedule": "plane, plan, planen",
    "label": "beschrifte",
    "deploy": "starte einen, starte eine, lass mal ~ laufen, fahr mir ~ hoch, bring ~ an den start, richte ~ "
    "ein, hoste, setze einen, spiele ~ ein, spiel ~ ein, "
    "deploye, deployen, installiere, installieren, stelle ~ bereit, stell ~ bereit, bereitstellen, "
    "rolle ~ aus, roll ~ aus, lege ~ an, leg ~ an",
    "create": "leg ~ an, lege ~ an, mach mir, baue, bau, erstelle, erstell, erstellen, erzeuge, erzeugen, anlegen",
    "run": "führe ~ aus, ausführen, lass ~ laufen, lasse ~ laufen",
    "start": "starte ~ wieder, start ~ wieder, fahr ~ wieder hoch, fahre ~ wieder hoch, schalte ~ wieder ein, "
    "schalte ~ wieder an, reaktiviere, weck ~ auf, mach ~ wieder an, "
    "starte, start, starten, fahre ~ hoch, fahr ~ hoch, hochfahren, schalte ~ ein, schalte ~ an, "
    "schalt ~ an, einschalten, aktiviere, setze ~ fort, nimm ~ in betrieb, wecke ~ auf",
    "stop": "stell ~ ab, stelle ~ ab, deaktiviere, leg ~ still, stoppt, halt ~ bitte an, mach ~ aus, "
    "stoppe, stopp, stoppen, halte ~ an, halt ~ an, anhalten, beende, beenden, fahre ~ herunter, "
    "fahr ~ herunter, fahre ~ runter, fahr ~ runter, herunterfahren, schalte ~ aus, schalt ~ aus, ausschalten, "
    "abschalten, schalte ~ ab, pausiere",
    "restart": "neustart, starte ~ durch, durchstarten, reboote, mach einen neustart von, starte ~ bitte neu, "
    "starte ~ neu, start ~ neu, neu starten, neustarten, neustarte, starte ~ nochmal, boote ~ neu, "
    "rebooten, starten ~ neu",
    "delete": "lösch ~ raus, beseitige, tilge, werd ~ los, wirf ~ raus, weg mit, kille, "
    "lösche, lösch, löschen, entferne, entfern, entfernen, zerstöre, vernichte, wirf ~ weg, räume ~ ab, "
    "räum ~ auf, schmeiß ~ weg, deinstalliere, mach ~ weg",
    "scale": "bring, bringe, skaliere, skalier, skalieren",
    "raise": "stocke ~ auf, stock ~ auf, hebe ~ an, "
    "erhöhe, erhöh, erhöhen, skaliere ~ hoch, hochskalieren, vergrößere, fahre ~ auf",
    "lower": "nimm ~ weg, reduziert, drossle, senk, "
    "verringere, verringern, reduziere, reduzier, reduzieren, senke, skaliere ~ runter, "
    "skaliere ~ herunter, verkleinere, herunterskalieren",
    "multiply": "vervierfache, verdopple, verdoppeln, verdreifache, verdreifachen, halbiere, halbieren",
    "set": "setze, setz, setzen, ändere, ändern, stelle, konfiguriere, begrenze, beschränke, lege ~ fest",
    "add": "hänge ~ ein, häng ~ ein, binde ~ ein, füge ~ hinzu, füg ~ hinzu, hinzufügen, ergänze",
    "give": "gib ~ bitte, weise ~ zu, gebe, gib",
    "keep": "halte, sorge dafür dass, stell sicher dass, stelle sicher dass",
    "need": "bräuchte, hätten gern, wünsche, brauch, soll haben, sollte haben, bekommt, kriegt, "
    "brauche, brauchen, braucht, möchte, will, wollen, hätte gern, hätte gerne, benötige, benötigt",
    "update": "aktualisier, stell ~ um auf, stelle ~ um auf, migriere, aktualisiere, aktualisieren, update, upgrade",
    "rollback": "geh auf die kehre ~ zurück, stelle ~ wieder her, stell ~ wieder her, "
    "vorherige version, geh zurück, zurück auf, zurück zur vorherigen version, mach ein rollback, "
    "mach ein rollback von, rollback, "
    "setze ~ zurück, setz ~ zurück, zurücksetzen, rolle ~ zurück, roll ~ zurück, zurückrollen, "
    "geh ~ zurück",
    "undo": "nimm ~ zurück, nimm das zurück, mach das rückgängig, rückgängig bitte, mach die letzte änderung "
    "rückgängig, "
    "mach ~ rückgängig, mache ~ rückgängig, rückgängig, rückgängig machen",
    "expose": "gib ~ frei, stelle ~ nach außen bereit, mach ~ von außen erreichbar, mache ~ verfügbar, öffne "
    "den port, "
    "mache ~ erreichbar, mach ~ öffentlich, mache ~ öffentlich, gib ~ nach außen frei, soll erreichbar "
    "sein, muss erreichbar sein, leite ~ weiter, veröffentliche, veröffentlichen, öffne, öffnen, mach ~ erreichbar",
    "heal": "richte, mach ~ wieder heil, bring ~ wieder zum laufen, bringe ~ wieder zum laufen, bring ~ zum "
    "laufen, löse, kriege ~ hin, fix, "
    "repariere, reparier, reparieren, behebe, beheben, heile, heilen, bring ~ in ordnung",
    "analyze": "finde die ursache, ermittle, schau warum, ergründe, such den fehler, finde den fehler, sieh "
    "nach warum, "
    "analysiere, analysieren, untersuche, untersuchen, diagnostiziere, finde heraus, debugge",
    "simulate": "spiele ~ durch, löse ~ aus, provoziere, bring ~ zum absturz, bringe ~ zum absturz, lass ~ "
    "abstürzen, injiziere, "
    "simuliere, simulieren",
    "export": "gib ~ als yaml aus, sichere, exportiere, exportieren",
    "compare": "vergleiche, vergleichen",
    "show": "zeig mir mal, zeige mir, lass mich ~ sehen, sag mir, gib ~ aus, ich will ~ sehen, gib mir mal, "
    "nenne, nenn, "
    "zeige, zeig, zeigen, zeige ~ an, zeig ~ an, anzeigen, sag, sage, hole, hol, gib mir, lies",
    "list": "liste mir, übersicht über, zähle ~ auf, liste, auflisten, liste ~ auf, list ~ auf",
    "check": "guck, guck nach, sieh nach, wirf einen blick auf, "
    "prüfe, prüf, prüfen, überprüfe, schau, schau nach, kontrolliere",
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
        "why": "woran liegt, was stimmt nicht mit, was fehlt, was ist das problem mit, was ist kaputt an, aus "
        "welchem grund, wodurch, "
        "warum, wieso, weshalb, weswegen, was ist los mit, woran liegt es",
        "happened": "was ist mit ~ passiert, was ist mit ~ los, was ist passiert, was passiert, was geschah, "
        "was ist geschehen, was war los",
        "howto": "wie, wie kriege ich, wie skaliert man, wie startet man, wie lösche, wie deployt man, wie stoppe "
        "ich, "
        "wie kann ich, wie kann man, wie mache ich, wie skaliere ich, wie starte ich, wie lösche ich, "
        "wie deploye ich, kann ich, ist es möglich, wie geht",
        "howis": "wie gehts, wie läuft es mit, was macht, wie geht es, wie läuft, wie ist, wie steht es um",
        "howmany": "wie viele, wieviele",
        "howmuch": "was kostet, wie teuer, was zahle ich, wie viel kostet, wie viel zahle ich, was kosten, "
        "wie viel, wieviel",
        "hypo": "was wäre wenn ich, was würde passieren wenn, was passiert wenn ich, "
        "was wäre wenn, was passiert wenn, was würde passieren, soll ich, sollte ich",
        "define": "was ist ein, was ist eine, was bedeutet, was heißt",
        "what": "was, welche, welcher, welches, welchen",
        "anything": "ist alles ok, ist alles in ordnung, läuft alles gut, irgendwelche probleme, gibt es probleme, "
        "ist irgendwas kaputt, alles klar bei, "
        "alles ok, alles in ordnung, alles gut, läuft alles",
        "whatabout": "und was ist mit, was ist mit",
    },
    Role.REQUEST: {
        "you": "würden sie, kannst du bitte, kannst du mal, magst du, könnt ihr, "
        "kannst du, könntest du, könntest du bitte, würdest du, können sie, könnten sie",
        "me": "ich brauche, ich hätte gern, ich hätte gerne, ich muss, ich bräuchte, "
        "ich möchte, ich will, ich würde gern, ich würde gerne, lass uns, wir müssen, wir wollen",
    },
    Role.FILLER: {
        "polite": "mich, dich, ihr, gerade, momentan, derzeit, im moment, aktuell, noch, denn, eigentlich, so, "
        "ständig, dauernd, komplett, "
        "bitte, jetzt, sofort, gleich, mal, doch, mir, uns, schnell, auch, dann mal, einfach, wieder, "
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
        "repeat": "noch mal, mach das noch mal, nochmals bitte, "
        "nochmal, noch einmal, mach das nochmal, wiederhole, wiederhol das",
        "same": "gleiches für, genau so für, mach das auch für, das auch für, auch für, das gleiche bei, "
        "dasselbe bei, "
        "das gleiche mit, das gleiche für, dasselbe mit, dasselbe für, mach dasselbe mit, genauso",
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
        "*4": "vervierfache, vervierfachen",
        "+": "mehr, weitere, weiteren, weiterer, zusätzliche, zusätzlich",
        "-": "weniger",
        "*2": "doppelt, doppelt so viele, verdopple, verdoppeln",
        "*3": "dreimal so viele, verdreifache, verdreifachen",
        "/2": "hälfte, die hälfte, halbiere, halbieren, halb so viele, halbe, halben",
    },
    Role.VAGUE: {"vague": "ein paar, einige, mehrere, viele, etwas, ein bisschen, ein wenig"},
    Role.STATE: {
        "bad": "läuft nicht, nicht läuft, startet nicht, nicht startet, nicht gesund, geht nicht mehr, spinnt, "
        "gecrasht, crasht, stirbt, stürzt ständig ab, nicht erreichbar, offline, antwortet nicht, "
        "kaputt, abgestürzt, down, langsam, fehlerhaft, gestört, hängt, stürzt ab, abstürzt, "
        "funktioniert nicht, reagiert nicht, geht nicht, tot, ausgefallen",
        "good": "gesund, läuft, bereit, in ordnung, gut, erreichbar",
        "stopped": "gestoppt, angehalten, ausgeschaltet",
        "gone": "weg, gelöscht",
    },
    Role.PROBLEM: {
        "problem": "abstürze, aussetzer, macke, absturz, problem, probleme, fehler, störung, ausfall",
    },
    Role.ORDINAL: {
        "1": "erste, ersten, erster, das erste",
        "2": "zweite, zweiten, zweiter",
        "3": "dritte, dritten",
        "-1": "letzte, letzten",
    },
    Role.TIME: {
        "span": "im monat, pro monat, am tag, pro tag, pro stunde, pro woche, pro jahr, diesen monat, monatlich",
        "future": "morgen, heute abend, heute nacht, später, jede nacht, jeden tag, täglich",
        "past": "gestern, letzte nacht, kürzlich, vorhin",
    },
    Role.GREETING: {
        "hello": "hallo, guten morgen, guten tag, guten abend, moin, servus, grüß gott",
        "thanks": "danke, vielen dank, danke schön, dankeschön",
        "bye": "tschüss, auf wiedersehen",
    },
    Role.NOUN: {
        "secrets": "passwort, passwörter, zugangsdaten",
        "diff": "unterschied, unterschiede, abweichung, abweichungen",
        "failure": "einen fehler, einen ausfall, einen absturz, absturz, netzwerkausfall, netzausfall, ausfall, "
        "chaos, speicherfehler",
        "healthreport": "gesundheitsbericht, zustandsbericht, systemzustand, statusbericht, gesamtzustand, "
        "lagebericht, "
        "systemstatus",
        "rollout": "rollout, ausrollen, auslieferung",
        "autoscale": "autoskalierung, automatische skalierung, autoscaling",
        "health": "gesundheitsprüfung, gesundheitscheck, healthcheck, health-check",
        "volume": "volume, volumes, laufwerk, festplatte, datenträger, persistenter speicher",
        "labels": "label, labels, etikett",
        "command": "befehl, kommando",
        "loadbalancer": "öffentliche adresse, lastverteiler, öffentliche url, loadbalancer",
        "cpu": "cpu-last",
        "logs": "log, die logs, logzeilen, ausgaben, protokolleinträge, "
        "protokoll, protokolle, logs, ausgabe, logdatei, logeinträge",
        "events": "änderungen, letzte änderungen, ereignisse, ereignis",
        "status": "lage, stand, zustand, status, gesundheit",
        "app": "anwendung, dienst, app",
        "apps": "anwendungen, dienste, apps, container",
        "replicas": "pods, pod, replicas, replica, "
        "replikate, replikat, replikas, replika, instanzen, instanz, kopien, kopie, exemplare",
        "image": "image, abbild",
        "version": "vorherige version, vorherigen version, vorige version, vorigen version, alte version, letzte "
        "version, vorgängerversion, frühere version, "
        "version, versionen",
        "config": "einzelheiten, beschreibung, konfiguration, einstellungen, details",
        "manifest": "yaml, yaml-datei, manifest",
        "env": "umgebungsvariable, umgebungsvariablen, variable",
        "memory": "speicher, arbeitsspeicher",
        "metrics": "cpu-auslastung, speicherauslastung, speichernutzung, ressourcenverbrauch, leistung, nutzung, "
        "verbraucht, nutzt, "
        "auslastung, verbrauch, metriken, speicherverbrauch",
        "cost": "was kostet, teuer, rechnung, preise, geld, budget, stundenpreis, ausgegeben, "
        "kosten, kostet, preis, ausgaben, gebe ich aus",
        "history": "versionsverlauf, versionen bisher, frühere versionen, revisionsverlauf, "
        "verlauf, historie, revisionen",
        "running": "was ist am laufen, was ist alles gestartet, was haben wir am laufen, "
        "was läuft, was läuft gerade, was läuft denn",
        "help": "was geht hier, wie funktioniert das hier, was kann ich hier machen, befehle, "
        "hilfe, was kannst du, was kannst du tun",
        "restart": "neustart",
    },
    Role.UNIT: {
        "replicas": "pods, pod, replicas, stück, "
        "replikate, replikat, replikas, instanzen, instanz, kopien, kopie, exemplare, container",
        "s": "sekunden, sekunde",
        "m": "minuten, minute",
        "h": "stunden, stunde",
        "d": "tage, tagen, tag",
        "lines": "zeilen, zeile",
        "cpu": "kerne, kern, kernen",
        "memory:Gi": "gig, gigabyte",
        "memory:Mi": "megabyte",
        "times": "mal so viele",
    },
    Role.MARK: {
        "previous": "vorherige version, vorherigen version, vorige version, vorigen version, alte version, letzte "
        "version, vorgängerversion, frühere version",
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
        "name": "mit name, und nenne es, nenn es, "
        "namens, mit namen, mit dem namen, genannt, unter dem namen, als, nenne es",
        "port": "port, ports, auf port, am port",
        "image": "image, mit dem image, mit image",
        "memory": "speicher, arbeitsspeicher",
        "last": "letzten, letzte",
        "since": "in den letzten, der letzten, seit, aus den letzten, aus der letzten, in der letzten",
        "grep": "die enthalten, mit dem text, mit dem wort",
    },
    Role.CATEGORY: {
        "model": "sprachmodell, ki-modell",
        "queue": "nachrichtenwarteschlange, warteschlange",
        "cache": "cache, zwischenspeicher",
        "database": "datenbank",
        "web": "web-server, webserver, webseite, website",
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
    "eine einzige": 1,
    "ein einziges": 1,
    "einem einzigen": 1,
    "nur eine": 1,
}

GERMAN = Language("de", {Role.VERB: _VERBS, **_WORDS, **_OBJECTS}, _NUMBERS, verb_last=True)
