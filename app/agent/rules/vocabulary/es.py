"""Spanish: the everyday words. Forms without accents are added by the lexicon."""

from __future__ import annotations

from app.agent.rules.senses import Role
from app.agent.rules.vocabulary import Language, Terms, in_order

_VERBS = {
    "unset": "quita la variable, elimina la variable, borra la variable, quita la variable de entorno, "
    "elimina la variable de entorno, borra la variable de entorno",
    "noscale": "desactiva el autoescalado, desactivar el autoescalado, quita el autoescalado, para el autoescalado, "
    "detén el autoescalado, apaga el autoescalado, deja de autoescalar, deja de escalar automáticamente",
    "schedule": "programa, programar, agenda, agendar",
    "label": "etiqueta, etiquetar",
    "deploy": "arma, quiero desplegar, inicia un, inicia una, "
    "despliega, desplegar, despliegue, despliéguame, lanza, lanzar, instala, instalar, levanta, levantar, "
    "monta, pon en marcha, poner en marcha",
    "create": "créame, arma, crea, crear, cree, genera",
    "run": "ejecuta, ejecutar, corre, correr",
    "start": "vuelve a iniciar, vuelve a arrancar, "
    "vuelve a encender, vuelve a levantar, vuelve a activar, prende, prender, pon ~ en marcha, "
    "reactiva, despierta, "
    "continúa, continuar, inicia, iniciar, arranca, arrancar, enciende, encender, activa, activar, reanuda, "
    "reanudar",
    "stop": "deten, para ya, desactiva, desactivar, pon en pausa, pon ~ en pausa, interrumpe, "
    "para, parar, detén, detener, apaga, apagar, pausa, pausar, suspende, suspender, frena",
    "restart": "haz un reinicio de, reinicia el servicio, resetea, dale un reinicio a, "
    "reinicia, reiniciar, reinicie, reinicies, rearranca, relanza",
    "delete": "suprimir, deshacerse de, elimíname, bórrame, tira, desinstala, desinstalar, acaba con, "
    "borra, borrar, borre, borres, elimina, eliminar, elimine, elimines, quita, quitar, suprime, "
    "destruye, destruir, remueve, deshazte de",
    "scale": "ajusta, ajustar, redimensionar, escálame, deja, escala, escalar, escale, escales, redimensiona",
    "raise": "amplía, ampliar, añade más, agranda, aumenta, aumentar, sube, subir, incrementa, incrementar",
    "lower": "recorta, recortar, achica, quita, reduce, reducir, baja, bajar, disminuye, disminuir",
    "multiply": "cuadruplica, duplica, duplicar, triplica, triplicar",
    "set": "pon, poner, cambia, cambiar, establece, establecer, configura, configurar, ajusta, limita, fija, define",
    "add": "adjunta, adjuntar, añade, añadir, agrega, agregar",
    "give": "dale a, asigna, asígnale, asignar, da, dale",
    "keep": "mantén, mantener, asegura, asegúrate de que",
    "need": "requiero, requiere, deseo, desearía, querría, hacen falta, hace falta, me hacen falta, "
    "necesito, necesitamos, quiero, queremos, necesita",
    "update": "actualízame, sube de versión, migra, migrar, cambia la imagen de, mejora, "
    "actualiza, actualizar, actualice",
    "rollback": "vuelve a la versión anterior, volver a la versión anterior, vuelve a la versión previa, regresa "
    "a la versión anterior, haz rollback, haz un rollback, haz rollback de, deshaz el despliegue de, "
    "vuelve a la revisión, regresa a, "
    "revierte, revertir, vuelve atrás, retrocede, restaura",
    "undo": "deshaz el último cambio, deshaz los últimos, revierte eso, deshazlo, revierte el último cambio, "
    "deshaz, deshacer, deshaz eso, deshaz lo último",
    "expose": "abre el puerto, haz pública, "
    "haz ~ accesible, haz ~ público, haz ~ pública, hacer ~ accesible, debe ser accesible, debe ser "
    "público, mapea, redirige, expón, expone, exponer, publica, publicar, abre, abrir",
    "autoscale": "que ~ escale automáticamente, habilita el autoescalado, configura el autoescalado, "
    "escala automáticamente, escala ~ automáticamente, escalar automáticamente, activa el autoescalado, "
    "activa el escalado automático, autoescala, autoescalar",
    "heal": "resuelve, resolver, sana, sanar, recupera, recuperar, cura, compón, "
    "arregla, arreglar, repara, reparar, soluciona, solucionar, corrige",
    "analyze": "averigua, averiguar, examina, examinar, revisa por qué, encuentra la causa, busca la causa, "
    "analiza, analizar, diagnostica, diagnosticar, investiga, investigar, depura",
    "simulate": "provoca, provocar, inyecta, inyectar, rompe, romper, haz fallar, haz caer, simula, simular",
    "export": "expórtame, saca el yaml, exporta, exportar",
    "compare": "compara, comparar",
    "show": "muéstrenos, enséñanos, ver los, quiero ver, déjame ver, puedo ver, lee, leer, saca, "
    "muestra, mostrar, muéstrame, enseña, enséñame, dame, ver, dime, obtén, obtener, visualiza",
    "list": "listado de, lístame, lista, listar, enumera",
    "check": "chequea, revisa, revisar, comprueba, comprobar, verifica, verificar, mira",
    "find": "busca, buscar, encuentra",
    "describe": "describe, describir, detalla, detallar, inspecciona",
    "explain": "explica, explicar, explícame",
    "help": "ayuda, ayúdame, ayudar",
}

_WORDS: Terms = {
    Role.AUX: {
        "be": "está, están, es, son, hay, estaba",
        "can": "se puede",
        "have": "tiene, tienen",
        "should": "debe, debería",
    },
    Role.ASK: {
        "why": "qué ha fallado, qué falló, qué fallo, qué ha ido mal, qué salió mal, "
        "qué le pasa, qué pasa con, cuál es la causa de, qué causó, a qué se debe, "
        "por qué, porqué, cuál es el problema, cuál es la causa, qué le pasa a",
        "happened": "qué pasó, qué pasa, qué ha pasado, qué sucedió, qué ocurrió, qué está pasando",
        "howto": "cómo, cómo se puede, de qué manera, cómo escalo, cómo borro, cómo despliego, cómo reinicio, "
        "puedo escalar, cómo hago, "
        "cómo puedo, cómo se, cómo hago para, cómo podría, es posible, se puede, puedo",
        "howis": "cómo anda, cómo le va a, qué tal va, cómo está, cómo están, cómo va, cómo van, qué tal",
        "howmany": "cuántos, cuántas, cuántas réplicas",
        "howmuch": "cuánto cuesta, cuánto gasto, cuánto pago, cuánto estoy gastando, cuánto, cuánta",
        "hypo": "qué pasaría si borro, y si, qué ocurriría si, qué pasaría si, qué pasa si, debería",
        "define": "qué es un, qué es una, qué significa",
        "what": "qué, cuál, cuáles",
        "whatabout": "y qué hay de",
        "anything": "hay algún problema, está todo bien, todo en orden, va todo bien, algún problema, "
        "todo bien, algo mal, todo está bien",
    },
    Role.REQUEST: {
        "you": "podría, podrías por favor, te importaría, serías tan amable de, puede, podemos, "
        "puedes, podrías, me puedes, me podrías, quiero que",
        "me": "necesito que, quisiera que, me gustaría que, vamos a, hay que, quiero, quisiera, me gustaría, tengo que",
    },
    Role.FILLER: {
        "polite": "actualmente, en este momento, todavía, aún, realmente, completamente, nada más, pues, "
        "por favor, porfa, porfavor, ahora, ya, inmediatamente, ahora mismo, entonces, también, solo, me, "
        "se, a la vez",
        "article": "el, la, los, las, un, una, unos, unas, mi, mis, tu, tus, su, sus, nuestra, nuestro, nuevo, nueva",
    },
    Role.SUBJECT: {"subject": "yo, nosotros, los usuarios"},
    Role.NOT: {"not": "no, nunca, jamás, sin, en vez de, en lugar de, tampoco"},
    Role.DROP: {"drop": "olvida, olvídalo, ignora, deja, no importa, cancela"},
    Role.CONDITION: {
        "if": "si, siempre que",
        "when": "cuando, mientras, después de",
        "unless": "a menos que, salvo que",
    },
    Role.CORRECTION: {"fix": "perdón, digo, mejor dicho, quise decir, quería decir, espera"},
    Role.AGAIN: {
        "repeat": "una vez más, repítelo, otra vez, de nuevo, hazlo otra vez, repite, hazlo de nuevo",
        "same": "igual para, también para, haz lo mismo para, lo mismo en, y lo mismo para, "
        "lo mismo con, lo mismo para, haz lo mismo con, igual con",
        "other": "el otro, la otra",
        "others": "los otros, los demás, el resto",
    },
    Role.CONNECT: {
        "and": "y, e, además",
        "then": "luego, después, y luego, y después, a continuación",
        "but": "pero, sino",
        "or": "o",
    },
    Role.PREP: {
        "to": "a, al, hasta, hasta las",
        "by": "por",
        "from": "desde",
        "of": "de, del, de la, de los, de las",
        "for": "para, para la",
        "on": "en, en el, en la, sobre",
        "with": "con",
        "using": "usando, mediante",
        "between": "entre",
    },
    Role.PRONOUN: {
        "it": "lo, eso, ese, esa, esto, este, esta, ello",
        "them": "ellos, ellas, esos, ambos, los dos, las dos",
    },
    Role.ALL: {"all": "todo, todos, todas, toda, todo lo que hay, todas las apps, todo el clúster"},
    Role.EXCEPT: {"except": "excepto, salvo, menos a, todo menos, todos menos, todas menos"},
    Role.DEGREE: {
        "*4": "cuadruplica, cuadruplicar",
        "+": "más, adicional, adicionales",
        "-": "menos",
        "*2": "doble, duplica, el doble",
        "*3": "triple, triplica",
        "/2": "mitad, la mitad",
    },
    Role.VAGUE: {"vague": "un poco, algunos, algunas, varios, varias, muchos, muchas, bastante"},
    Role.STATE: {
        "bad": "caidos, se cayó, ha caído, está caído, está caída, no arranca, se reinicia, fallar, rotos, no "
        "carga, no está funcionando, colgado, colgada, "
        "caído, caída, caídos, cae, se cae, falla, fallando, roto, rota, mal, lento, lenta, bloqueado, "
        "no funciona, no responde",
        "good": "funciona, sigue funcionando, sigue corriendo, "
        "bien, funcionando, arriba, sano, sana, corriendo, activo, activa, en marcha",
        "stopped": "parado, parada, detenido, detenida, apagado, apagada",
    },
    Role.PROBLEM: {
        "problem": "caída, se reinicia, avería, cuelgues, problema, problemas, error, errores, fallo, fallos, fallas",
    },
    Role.ORDINAL: {
        "1": "primero, primera, el primero, la primera",
        "2": "segundo, segunda, el segundo, la segunda",
        "-1": "el último, la última",
    },
    Role.TIME: {
        "span": "al mes, por mes, al día, por día, por hora, a la semana, este mes, esta semana, al año",
        "future": "mañana, esta noche, más tarde, cada noche, cada día",
        "past": "ayer, anoche, recientemente",
    },
    Role.GREETING: {
        "hello": "hola, buenos días, buenas tardes, buenas noches, buenas",
        "thanks": "gracias, muchas gracias",
        "bye": "adiós, hasta luego",
    },
    Role.NOUN: {
        "secrets": "secretos, contraseña, contraseñas, claves",
        "diff": "diferencia, diferencias, deriva",
        "failure": "un fallo, una caída, fallo de red, fallo de memoria, un error de imagen, una avería, caos",
        "healthreport": "informe de salud, reporte de salud, estado del sistema, salud del sistema, resumen de salud, "
        "estado general, informe de estado, salud general",
        "rollout": "rollout, despliegue gradual",
        "autoscale": "autoescalado, autoescalador, escalado automático",
        "health": "comprobación de salud, chequeo de salud, prueba de salud, sonda de salud, sonda",
        "volume": "volumen, volúmenes, disco, discos, almacenamiento, almacenamiento persistente",
        "labels": "etiqueta, etiquetas",
        "command": "comando",
        "loadbalancer": "dirección pública, balanceador de carga, balanceador, url pública",
        "cpu": "procesador",
        "logs": "logs, los logs, registros de, mensajes, registros, registro, bitácora, trazas, salida",
        "events": "cambios recientes, qué ha cambiado, eventos, evento, actividad",
        "status": "cómo está todo, estado, estatus, salud",
        "app": "app, aplicación, servicio, contenedor, despliegue",
        "apps": "apps, aplicaciones, servicios, contenedores, despliegues",
        "replicas": "pods, pod, réplicas, réplica, instancias, instancia, copias, copia",
        "image": "imagen de docker, imagen, imágenes",
        "version": "versión anterior, versión previa, versión pasada, versión vieja, versión, versiones",
        "config": "descripción, configuración, detalles, información",
        "manifest": "yaml, fichero yaml, archivo yaml, manifiesto, manifiestos",
        "env": "variable, variables, variable de entorno, variables de entorno",
        "memory": "memoria",
        "metrics": "rendimiento, uso de memoria, uso de cpu, consumo de memoria, consumo de cpu, recursos que usa, "
        "usa, consume, "
        "uso, consumo, métricas",
        "cost": "cuánto cuesta, gastos, factura, cuánto gasto, cuánto pago, costes, costos, precios, "
        "presupuesto, caro, cara, dinero, "
        "costo, coste, cuesta, cuestan, gasto, gastando, precio",
        "history": "versiones anteriores, historial de versiones, historial de revisiones, historial, revisiones",
        "running": "qué hay corriendo, qué tengo corriendo, qué está funcionando, "
        "qué está corriendo, qué está en marcha, qué hay",
        "help": "qué sabes hacer, qué cosas puedes hacer, cómo funciona esto, ayuda, qué puedes hacer",
        "restart": "reinicio",
    },
    Role.UNIT: {
        "replicas": "pods, pod, instancias de, "
        "réplicas, réplica, instancias, instancia, copias, copia, contenedores, contenedor",
        "m": "minutos, minuto",
        "h": "horas, hora",
        "d": "días, día",
        "lines": "líneas, línea",
        "memory:Gi": "gigas, giga",
        "memory:Mi": "megas, mega",
        "cpu": "núcleos, núcleo",
        "times": "veces",
    },
    Role.MARK: {
        "previous": "versión anterior, versión previa, versión pasada, versión vieja",
        "health": "comprobación de salud, chequeo de salud, prueba de salud, sonda de salud",
        "volume": "volumen, disco, almacenamiento, almacenamiento persistente, montado en, montada en, guarda sus "
        "datos en",
        "command": "comando, el comando, con el comando, que ejecuta, ejecutando el comando",
        "args": "argumentos, con los argumentos, con argumentos",
        "label": "etiqueta, etiquetas, con la etiqueta, con las etiquetas",
        "min": "entre, mínimo, mínimo de, un mínimo de, como mínimo, al menos, nunca menos de",
        "max": "máximo, máximo de, un máximo de, como máximo, no más de, nunca más de",
        "public": "público, pública, públicamente, a internet, en internet, al exterior, desde fuera, desde "
        "internet, externamente, desde el exterior",
        "target": "puerto interno, al puerto, puerto de destino",
        "cpu": "de cpu",
        "namespace": "namespace, espacio de nombres",
        "name": "que se llame, con el nombre de, de nombre, y llámalo, "
        "llamado, llamada, con nombre, con el nombre, nombre, bajo el nombre, llámalo, como",
        "port": "puerto, puertos, en el puerto, en los puertos",
        "image": "imagen, con la imagen, usando la imagen, la imagen",
        "memory": "memoria, de memoria",
        "last": "últimas, últimos, última",
        "since": "en las últimas, en los últimos, de los últimos, de las últimas, desde hace",
        "grep": "que contengan, que contienen, con el texto",
        "replicas": "réplicas",
    },
    Role.CATEGORY: {
        "model": "modelo de lenguaje, modelo de ia",
        "queue": "cola de mensajes",
        "cache": "caché, cache",
        "database": "base de datos",
        "web": "web, servidor web, página web, sitio web",
        "something": "algo, una aplicación, una app",
    },
}

_OBJECTS: Terms = {
    Role.KIND: {
        "Service": "servicio, servicios, el servicio, los servicios",
        "PersistentVolumeClaim": "volumen, volúmenes, disco, discos",
        "CronJob": "tarea programada, tareas programadas, trabajo programado, trabajos programados",
        "Secret": "secreto, secretos",
        "Namespace": "espacios de nombres",
        "HorizontalPodAutoscaler": "autoescalador, autoescaladores",
    },
    Role.JOB: {
        "job": "trabajo, un trabajo, tarea, una tarea, un job",
        "once": "una vez, una sola vez, solo una vez",
        "cron": "tarea programada, una tarea programada, trabajo programado",
    },
    Role.CYCLE: {
        "each": "cada",
        "m": "cada minuto",
        "h": "cada hora",
        "d": "cada día, todos los días, diariamente, a diario",
        "night": "cada noche, todas las noches",
        "morning": "cada mañana, todas las mañanas",
        "evening": "cada tarde, todas las tardes",
        "w": "cada semana, todas las semanas, semanalmente",
        "month": "cada mes, todos los meses, mensualmente",
        "1": "cada lunes, todos los lunes, los lunes",
        "2": "cada martes, todos los martes, los martes",
        "3": "cada miércoles, todos los miércoles, los miércoles",
        "4": "cada jueves, todos los jueves, los jueves",
        "5": "cada viernes, todos los viernes, los viernes",
        "6": "cada sábado, todos los sábados, los sábados",
        "0": "cada domingo, todos los domingos, los domingos",
    },
    Role.CLOCK: {
        "at": "a las, a la",
        "0": "medianoche, a medianoche, a la medianoche",
        "12": "mediodía, a mediodía, al mediodía",
        "am": "de la mañana, de la madrugada",
        "pm": "de la tarde, de la noche",
        "hour": "horas",
    },
}

_NUMBERS = {
    **in_order(
        "cero, uno, dos, tres, cuatro, cinco, seis, siete, ocho, nueve, diez, "
        "once, doce, trece, catorce, quince, dieciséis, diecisiete, dieciocho, diecinueve, veinte"
    ),
    "treinta": 30,
    "cuarenta": 40,
    "cincuenta": 50,
    "cien": 100,
    "mil": 1000,
    "un par de": 2,
    "par de": 2,
    "media docena": 6,
    "media docena de": 6,
    "una docena": 12,
    "una docena de": 12,
    "docena": 12,
    "ninguna": 0,
    "ninguno": 0,
    "veinticinco": 25,
    "una sola": 1,
    "un solo": 1,
    "una única": 1,
    "un único": 1,
}

_TOGETHER = {
    "reinícialo": "reinicia eso",
    "reiníciala": "reinicia eso",
    "bórralo": "borra eso",
    "bórrala": "borra eso",
    "elimínalo": "elimina eso",
    "elimínala": "elimina eso",
    "escálalo": "escala eso",
    "escálala": "escala eso",
    "páralo": "para eso",
    "párala": "para eso",
    "deténlo": "detén eso",
    "arréglalo": "arregla eso",
    "arréglala": "arregla eso",
    "ponlo": "pon eso",
    "súbelo": "sube eso",
    "bájalo": "baja eso",
    "bórralos": "borra ellos",
    "reinícialos": "reinicia ellos",
}

SPANISH = Language("es", {Role.VERB: _VERBS, **_WORDS, **_OBJECTS}, _NUMBERS, _TOGETHER)
