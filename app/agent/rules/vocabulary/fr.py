"""French: the everyday words; elided articles and pronouns after a hyphen are taken apart."""

from __future__ import annotations

from app.agent.rules.senses import Role
from app.agent.rules.vocabulary import Language, Terms, in_order

_VERBS = {
    "unset": "enlève la variable, supprime la variable, retire la variable, enlève la variable de "
    "environnement, supprime la variable de environnement, retire la variable de environnement",
    "autoscale": "mets ~ en autoscaling, active le autoscaling sur, active le autoscaling pour, autoscale, mets "
    "en place le autoscaling, fais scaler ~ automatiquement, "
    "scale automatiquement, dimensionne ~ automatiquement, redimensionne ~ automatiquement, mets ~ à le "
    "échelle automatiquement, active le autoscaling, active la mise à le échelle automatique",
    "noscale": "désactive le autoscaling, désactiver le autoscaling, désactive la mise à le échelle automatique, "
    "arrête le autoscaling, coupe le autoscaling, supprime le autoscaling, arrête la mise à le échelle "
    "automatique",
    "schedule": "planifie, planifier, programme, programmer",
    "label": "étiquette, étiqueter",
    "deploy": "monte-moi, démarre un, démarre une, démarre-moi, lance-moi, fais tourner, mets en service, "
    "déploie-moi, "
    "déploie, déployer, déployez, lance, lancer, lancez, installe, installer, installez, héberge, "
    "mets en place, mettre en place, mets en ligne",
    "create": "fais, crée-moi, fabrique, crée, créer, créez",
    "run": "exécute, exécuter, exécutez, fais tourner, faire tourner",
    "start": "redémarre-le, rallume, rallumer, relève, réactive, remets ~ en route, remets ~ en marche, "
    "remets en marche, "
    "continue, continuer, reprends, reprendre, démarre, démarrer, démarrez, allume, allumer, active, "
    "activer, remets en route, mets en route",
    "stop": "mets à l'arrêt, mets à le arrêt, arrête-moi, ferme, fermer, désactive, désactiver, interromps, "
    "arrête, arrêter, arrêtez, stoppe, stopper, stoppez, éteins, éteindre, suspends, suspendre, "
    "mets en pause, mets ~ en pause, coupe",
    "restart": "fais redémarrer, reboote, reboot, redémarrage de, remets à zéro, "
    "redémarre, redémarrer, redémarrez, relance, relancer, relancez, redémarres",
    "delete": "supprime-moi, élimine, éliminer, désinstalle, désinstaller, jette, dégage, balaie, "
    "supprime, supprimer, supprimez, efface, effacer, effacez, enlève, enlever, retire, retirer, détruis, "
    "détruire, supprimes, effaces, débarrasse-toi de, vire",
    "scale": "porte, porter, ramène, mets ~ à, fais passer, étends, "
    "mets à le échelle, mettre à le échelle, redimensionne, redimensionner, mets à l'échelle, scale, "
    "dimensionne, passe, passer, passez",
    "raise": "fais monter, accrois, rajoute, augmente, augmenter, augmentez, monte, monter",
    "lower": "fais descendre, abaisse, enlève-en, "
    "réduis, réduire, réduisez, diminue, diminuer, baisse, baisser, descends",
    "multiply": "quadruple, quadrupler, double, doubler, doublez, triple, tripler, divise ~ par deux",
    "set": "mets, mettre, mettez, change, changer, changez, règle, définis, définir, configure, limite, fixe, modifie",
    "add": "monte ~ dans, attache, attacher, ajoute, ajouter, ajoutez, rajoute",
    "give": "donne à, attribue, attribuer, alloue, allouer, accorde, donne",
    "keep": "garde, garder, assure-toi que, maintiens",
    "need": "faudrait, besoin, ai besoin de, nécessite, a besoin de, désire, souhaite, doit avoir, "
    "veux, voudrais, besoin de, voulons, aimerais, faut",
    "update": "mettre ~ à jour, actualiser, fais évoluer, migre, migrer, upgrade, passe ~ en version, monte ~ "
    "en version, "
    "mets à jour, mettre à jour, mettez à jour, mets ~ à jour, actualise",
    "rollback": "reviens à la version précédente, revenir à la version précédente, reviens en arrière, revenir "
    "en arrière, retour en arrière, retourne à la version précédente, remets la version précédente, "
    "remets l'ancienne version, rétrograde, fais un retour arrière, rollback, retourne à, remets ~ à "
    "la version précédente, "
    "reviens, revenir, restaure, restaurer, fais un rollback",
    "undo": "reviens en arrière sur, annule-le, annule ce changement, annule la dernière modification, "
    "annule le dernier changement, annule le changement, "
    "annule, annuler, défais, défaire, annule ça, annule la dernière, annule le dernier, annule les "
    "dernières, annule les derniers",
    "expose": "rends ~ joignable, ouvre le port, mets ~ sur le port, "
    "rends ~ accessible, rendre ~ accessible, rends ~ public, rends ~ publique, doit être accessible, doit "
    "être joignable, redirige, expose, exposer, publie, publier, ouvre, ouvrir",
    "heal": "résoudre, remédie, dépanne, dépanner, guéris, remets ~ en état, remets en état, fais remarcher, "
    "soigner, "
    "répare, réparer, réparez, corrige, corriger, résous, soigne",
    "analyze": "examine, examiner, cherche pourquoi, trouve pourquoi, trouve la cause, cherche la cause, "
    "enquête sur, inspecte, "
    "analyse, analyser, diagnostique, diagnostiquer, enquête, débogue",
    "simulate": "provoque, provoquer, injecte, injecter, fais planter, fais tomber, fais crasher, casse, casser, "
    "simule, simuler",
    "export": "exporte-moi, sauvegarde, exporte, exporter",
    "compare": "compare, comparer",
    "show": "fais voir, fais-moi voir, dis-moi, montre-nous, affiche-moi, je veux voir, donne, lis, lire, "
    "puis-je voir, obtenir, "
    "montre, montrer, montrez, affiche, afficher, affichez, voir, dis, donne-moi, récupère",
    "list": "liste-moi, énumérer, donne la liste, liste, lister, listez, énumère",
    "check": "jette un œil à, jette un oeil à, vérifie-moi, vérifie, vérifier, vérifiez, contrôle, regarde",
    "find": "trouve, trouver, cherche, chercher",
    "describe": "décris, décrire, décrivez, détaille",
    "explain": "explique, expliquer",
    "help": "aide, aider, aidez",
}

_WORDS: Terms = {
    Role.AUX: {
        "be": "est, sont, était, est-ce que, est-il, est-elle, sont-ils",
        "have": "a, ont",
        "should": "doit, devrait",
        "can": "peut",
    },
    Role.ASK: {
        "why": "pour quelle raison, quelle est la raison, que se passe-t-il avec, qu'est-ce qui ne va pas avec, "
        "que est-ce qui ne va pas avec, que a causé, à cause de quoi, quel est le souci avec, "
        "pourquoi, pourquoi est-ce que, quel est le problème, quelle est la cause",
        "happened": "que s'est-il passé, qu'est-ce qui s'est passé, que se passe-t-il, il s'est passé quoi, "
        "que si est-il passé, que est-ce qui si est passé, que est-il arrivé à",
        "howto": "comment faire, de quelle manière, comment fait-on, "
        "comment puis-je, comment je peux, comment faire pour, comment on, comment, est-il possible de, "
        "puis-je, peut-on",
        "howis": "comment se passe, comment ça va pour, quel est l'état de, quel est le état de, "
        "comment va, comment vont, comment se porte",
        "howmany": "combien de, combien",
        "howmuch": "combien me coûte, combien ça me coûte, combien coûtent, combien je paie, combien est-ce que ça "
        "coûte, combien je dépense, "
        "combien coûte, combien ça coûte",
        "hypo": "que se passerait-il si je, qu'arriverait-il si, que arrive-t-il si, "
        "que se passerait-il si, que se passe-t-il si, et si, devrais-je, dois-je",
        "define": "que est-ce que un, que est-ce que une, que est-ce que le, que veut dire, que signifie",
        "what": "quoi, quel, quelle, quels, quelles, que est-ce qui, que est-ce que",
        "anything": "est-ce que tout fonctionne, "
        "est-ce que tout va bien, tout est en ordre, y a-t-il un problème, y a-t-il des problèmes, tout "
        "roule, ça va pour tout, "
        "tout va bien, tout est ok, tout fonctionne",
        "whatabout": "et pour, qu'en est-il de",
    },
    Role.REQUEST: {
        "you": "peux-tu me, pouvez-vous me, serait-il possible de, pourrais-tu me, merci de, tu pourrais, "
        "peux-tu, pourrais-tu, pouvez-vous, pourriez-vous, tu peux, est-ce que tu peux, veux-tu",
        "me": "je souhaiterais, je ai besoin de, nous voulons, on veut, je aurais besoin de, "
        "je veux, je voudrais, je souhaite, il faut, on doit, je dois, je aimerais",
    },
    Role.FILLER: {
        "polite": "par hasard, actuellement, vraiment, du tout, encore, là, complètement, tout à fait, "
        "s'il te plaît, s'il vous plaît, si il te plaît, si il vous plaît, stp, svp, maintenant, "
        "tout de suite, vite, moi, me, aussi, plutôt, juste, donc, en fait, immédiatement, y, en ce moment",
        "article": "le, la, les, un, une, des, du, mon, ma, mes, ton, ta, tes, notre, nos, son, sa, ses, ce, cette, "
        "nouveau, nouvelle",
    },
    Role.SUBJECT: {"subject": "je, nous, on, tu, vous, les utilisateurs"},
    Role.NOT: {"not": "ne, pas, jamais, sans, au lieu de, plutôt que, surtout pas, ne pas"},
    Role.DROP: {"drop": "oublie, ignore, laisse, laisse tomber, peu importe, annule"},
    Role.CONDITION: {
        "if": "si, tant que, à condition que",
        "when": "quand, lorsque, dès que, après",
        "unless": "sauf si, à moins que",
    },
    Role.CORRECTION: {"fix": "non attends, attends, je veux dire, je voulais dire, pardon, désolé, enfin"},
    Role.AGAIN: {
        "repeat": "encore un coup, refais ça, encore, encore une fois, refais, refais-le, recommence, de nouveau",
        "same": "pareil sur, fais pareil pour, fais de même pour, de même pour, la même pour, fais la même chose "
        "pour, même chose pour, idem avec, "
        "pareil pour, pareil avec, la même chose pour, la même chose avec, fais pareil avec, idem pour",
        "other": "l'autre, le autre",
        "others": "les autres, le reste",
    },
    Role.CONNECT: {
        "and": "et, ainsi que",
        "then": "puis, ensuite, et ensuite, et puis, après ça",
        "but": "mais, cependant",
        "or": "ou",
    },
    Role.PREP: {
        "to": "à, au, aux, vers, jusqu'à",
        "by": "par",
        "from": "depuis",
        "of": "de, du",
        "for": "pour",
        "on": "sur",
        "in": "dans, en",
        "with": "avec",
        "using": "utilisant, avec comme image",
        "between": "entre",
    },
    Role.PRONOUN: {"it": "ça, cela, celui-ci, celle-ci, lui, ceci", "them": "eux, elles, les deux"},
    Role.ALL: {"all": "tout, tous, toutes, toute, chaque, tous les, toutes les, le cluster entier, tout le cluster"},
    Role.EXCEPT: {"except": "sauf, excepté, à part, hormis, tout sauf, tous sauf"},
    Role.DEGREE: {
        "*4": "quadruple, quadrupler",
        "+": "de plus, supplémentaires, supplémentaire, plus, en plus",
        "-": "de moins, moins",
        "*2": "double, doubler, deux fois plus de, le double",
        "*3": "triple, tripler, trois fois plus de",
        "/2": "moitié, la moitié, par deux, demi",
    },
    Role.VAGUE: {"vague": "un peu, quelques, plusieurs, beaucoup de, beaucoup"},
    Role.STATE: {
        "bad": "hors service, ne démarre pas, ne fonctionne pas, ne fonctionne plus, ne marche plus, ne répond "
        "plus, tombé, tombée, plantent, crash, plante tout le temps, plante sans arrêt, hs, injoignable, "
        "malade, "
        "en panne, cassé, cassée, lent, lente, planté, plantée, plante, mort, down, bloqué, ne marche pas, "
        "ne répond pas, tombe, crashe, en erreur, échoue",
        "good": "fonctionne, tourne, marche, opérationnel, opérationnelle, "
        "ok, bien, en marche, actif, active, prêt, sain, disponible, en ligne",
        "stopped": "arrêté, arrêtée, arrêtés, éteint, éteinte, stoppé",
    },
    Role.PROBLEM: {
        "problem": "plantages, plantage, bug, incident, soucis, problème, problèmes, erreur, erreurs, panne, souci",
    },
    Role.ORDINAL: {
        "1": "premier, première, le premier, la première",
        "2": "deuxième, second, seconde, le deuxième, la deuxième",
        "-1": "dernier, dernière, le dernier, la dernière",
    },
    Role.TIME: {
        "span": "par mois, par jour, par heure, par semaine, par an, ce mois-ci, ce mois, cette semaine",
        "future": "demain, ce soir, plus tard, chaque nuit, tous les jours",
        "past": "hier, récemment, cette nuit",
    },
    Role.GREETING: {
        "hello": "bonjour, salut, bonsoir, coucou",
        "thanks": "merci, merci beaucoup",
        "bye": "au revoir, à bientôt",
    },
    Role.NOUN: {
        "secrets": "mot de passe, mots de passe, secrets",
        "diff": "différence, différences, dérive, écart, écarts",
        "failure": "une panne, un crash, une panne réseau, une erreur mémoire, un échec, chaos, panne",
        "healthreport": "bilan de santé, rapport de santé, état du système, santé du système, état général, rapport "
        "d'état, rapport de état, santé générale",
        "rollout": "rollout, déploiement progressif",
        "autoscale": "autoscaling, auto-scaling, mise à le échelle automatique, autoscaler",
        "health": "sonde, sonde de santé, vérification de santé, contrôle de santé, test de santé",
        "volume": "volume, volumes, disque, disques, stockage, stockage persistant",
        "labels": "étiquette, étiquettes, label, labels",
        "command": "commande",
        "loadbalancer": "adresse publique, répartiteur de charge, équilibreur de charge, url publique",
        "cpu": "processeur",
        "logs": "les logs, messages, log, journaux, journal, logs, sortie, traces",
        "events": "changements récents, changements, événements, événement, évènements, activité",
        "status": "état, statut, santé",
        "app": "application, service, conteneur, déploiement, appli",
        "apps": "applications, services, conteneurs, déploiements, applis",
        "replicas": "pods, pod, replicas, replica, "
        "réplicas, réplica, répliques, réplique, instances, instance, copies, copie, exemplaires",
        "image": "image",
        "version": "version précédente, ancienne version, version antérieure, version de avant, version, versions",
        "config": "description, réglages, configuration, détails, paramètres, informations",
        "manifest": "yaml, fichier yaml, manifeste, manifestes",
        "env": "variable, variables, variable d'environnement, variables d'environnement",
        "memory": "mémoire",
        "metrics": "utilisation de la mémoire, charge, performances, utilise, consomme, usage, "
        "utilisation, consommation, métriques",
        "cost": "combien ça coûte, coûtent, facture, factures, cher, chère, budget, tarif, argent, combien ça me "
        "coûte, combien me coûte, combien coûte, "
        "coût, coûte, coûts, prix, dépense, dépenses",
        "history": "versions précédentes, anciennes versions, historique des versions, historique, révisions",
        "running": "que est-ce qui tourne en ce moment, ce qui est en marche, qu'est-ce qui tourne, tournent, "
        "tourne, "
        "que est-ce qui tourne, ce qui tourne, que est-ce qui est en marche",
        "help": "comment ça marche, commandes, aide, que peux-tu faire, que sais-tu faire",
        "restart": "redémarrage",
    },
    Role.UNIT: {
        "replicas": "pods, pod, replicas, replica, "
        "réplicas, réplica, répliques, réplique, instances, instance, copies, copie, exemplaires, "
        "conteneurs, conteneur",
        "s": "secondes, seconde",
        "m": "minutes, minute",
        "h": "heures, heure",
        "d": "jours, jour",
        "lines": "lignes, ligne",
        "cpu": "cœurs, cœur, coeurs, coeur",
        "memory:Gi": "gigas, giga, gigaoctets, go",
        "memory:Mi": "mégas, méga, mégaoctets, mo",
        "times": "fois plus de, fois",
    },
    Role.MARK: {
        "previous": "version précédente, ancienne version, version antérieure, version de avant, dernière version "
        "stable",
        "health": "sonde de santé, vérification de santé, contrôle de santé, test de santé",
        "volume": "volume, volumes, disque, stockage, stockage persistant, monté sur, monté dans",
        "command": "commande, la commande, avec la commande, avec comme commande",
        "args": "arguments, avec les arguments",
        "label": "étiquette, étiquettes, label, labels, avec le étiquette, avec le label",
        "min": "minimum, au minimum, au moins, un minimum de, jamais moins de",
        "max": "maximum, au maximum, au plus, un maximum de, jamais plus de",
        "public": "public, publique, publiquement, sur internet, à internet, vers le extérieur, de le extérieur, "
        "depuis le extérieur, depuis internet",
        "target": "port cible, vers le port",
        "cpu": "de cpu, de processeur",
        "namespace": "namespace, espace de noms",
        "name": "qui s'appelle, qui si appelle, du nom de, portant le nom, et appelle-le, "
        "nommé, nommée, appelé, appelée, sous le nom, sous le nom de, avec le nom, comme, appelle-le",
        "port": "port, ports, sur le port, sur les ports",
        "image": "image, avec le image",
        "memory": "mémoire, de mémoire",
        "last": "dernières, derniers",
        "since": "sur la dernière, sur les dernières, sur les derniers, des dernières, des derniers, depuis, dans les "
        "dernières, dans les derniers, de la dernière",
        "grep": "contenant, qui contiennent, avec le mot, avec le texte",
    },
    Role.CATEGORY: {
        "model": "modèle de langage, modèle de ia",
        "queue": "file de messages, file de attente",
        "cache": "cache",
        "database": "base de données",
        "web": "site, serveur web, site web, site internet",
        "something": "quelque chose, une application, une appli",
    },
}

_OBJECTS: Terms = {
    Role.KIND: {
        "Service": "service, services, le service",
        "PersistentVolumeClaim": "volume, volumes, disque, disques",
        "CronJob": "tâche planifiée, tâches planifiées, tâche programmée, tâches programmées",
        "Secret": "secret, secrets",
        "Namespace": "espaces de noms",
    },
    Role.JOB: {
        "job": "job, un job, tâche, une tâche",
        "once": "une fois, une seule fois",
        "cron": "tâche planifiée, une tâche planifiée",
    },
    Role.CYCLE: {
        "each": "chaque, toutes les, tous les",
        "m": "chaque minute, toutes les minutes",
        "h": "chaque heure, toutes les heures",
        "d": "chaque jour, tous les jours, quotidiennement",
        "night": "chaque nuit, toutes les nuits",
        "morning": "chaque matin, tous les matins",
        "evening": "chaque soir, tous les soirs",
        "w": "chaque semaine, toutes les semaines",
        "month": "chaque mois, tous les mois",
        "1": "chaque lundi, tous les lundis",
        "2": "chaque mardi, tous les mardis",
        "3": "chaque mercredi, tous les mercredis",
        "4": "chaque jeudi, tous les jeudis",
        "5": "chaque vendredi, tous les vendredis",
        "6": "chaque samedi, tous les samedis",
        "0": "chaque dimanche, tous les dimanches",
    },
    Role.CLOCK: {
        "at": "à, vers",
        "0": "minuit, à minuit",
        "12": "midi, à midi",
        "am": "du matin",
        "pm": "du soir, de le après-midi",
        "hour": "heures, heure",
    },
}

_NUMBERS = {
    **in_order(
        "zéro, -, deux, trois, quatre, cinq, six, sept, huit, neuf, dix, "
        "onze, douze, treize, quatorze, quinze, seize, dix-sept, dix-huit, dix-neuf, vingt"
    ),
    "trente": 30,
    "quarante": 40,
    "cinquante": 50,
    "cent": 100,
    "mille": 1000,
    "une douzaine": 12,
    "une douzaine de": 12,
    "une demi-douzaine": 6,
    "une demi-douzaine de": 6,
    "une paire de": 2,
    "vingt-cinq": 25,
    "une seule": 1,
    "un seul": 1,
    "une unique": 1,
}

_ELIDED = {
    "n'": "ne",
    "l'": "le",
    "d'": "de",
    "qu'": "que",
    "j'": "je",
    "s'": "si",
    "m'": "me",
    "t'": "te",
    "c'": "ce",
    "-moi": "moi",
    "-le": "ça",
    "-la": "ça",
    "-les": "eux",
    "-lui": "lui",
}

FRENCH = Language("fr", {Role.VERB: _VERBS, **_WORDS, **_OBJECTS}, _NUMBERS, _ELIDED)
