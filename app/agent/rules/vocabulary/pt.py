"""Portuguese: the everyday words of both sides of the Atlantic."""

from __future__ import annotations

from app.agent.rules.senses import Role
from app.agent.rules.vocabulary import Language, Terms, in_order

_VERBS = {
    "unset": "remova a variável, remove a variável, apague a variável, tire a variável, exclua a variável, "
    "remova a variável de ambiente, tire a variável de ambiente",
    "autoscale": "autoescale ~ entre, faça ~ escalar automaticamente, configure o autoescalonamento, habilite o "
    "autoescalonamento, ligue o autoescalonamento, "
    "escale ~ automaticamente, escala ~ automaticamente, escalar automaticamente, autoescala, autoescale, "
    "ative o autoescalonamento, ative o escalonamento automático",
    "noscale": "desative o autoescalonamento, desativa o autoescalonamento, desliga o autoescalonamento, desligue o "
    "autoescalonamento, pare o autoescalonamento, para o autoescalonamento, desative o escalonamento "
    "automático, desative o autoscaling, remova o autoscaling, pare de escalar automaticamente",
    "schedule": "agenda, agende, agendar, programa, programe",
    "label": "rotula, rotule, etiqueta, etiquete",
    "deploy": "levanta, levante, coloca ~ no ar, coloque ~ no ar, põe ~ no ar, suba um, suba uma, sobe um, "
    "sobe uma, faz o deploy de, faça um deploy de, publica, "
    "implanta, implante, implantar, faz deploy de, faça deploy de, faça o deploy de, instala, instale, "
    "instalar, lança, lance, lançar, suba, sobe, subir, coloque no ar, coloca no ar, publique",
    "create": "gera, gere, faça, cria um, cria, crie, criar",
    "run": "executa, execute, executar, roda, rode, rodar",
    "start": "religa, religue, reativa, reative, volte a ligar, liga ~ de novo, ligue ~ de novo, inicie ~ de "
    "novo, acorda, "
    "continua, continue, continuar, inicia, inicie, iniciar, liga, ligue, ligar, arranca, ativa, ative, "
    "retoma, retome",
    "stop": "desativa, desative, interrompe, encerre, encerra, mata, "
    "para, pare, parar, desliga, desligue, desligar, pausa, pause, pausar, interrompa, suspende, derruba, "
    "derrube",
    "restart": "dá um restart, dê um restart, faz o restart, recomeça, relança, reboota, "
    "reinicia, reinicie, reiniciar, reinicialize, reinicies",
    "delete": "remova ~ daqui, joga ~ fora, jogue ~ fora, desinstala, desinstale, elimina-me, livre-se de, "
    "suma com, "
    "apaga, apague, apagar, apagues, elimina, elimine, eliminar, exclui, exclua, excluir, remove, remova, "
    "remover, deleta, delete, deletar, destrói, destrua",
    "scale": "deixa, deixe, ajusta, ajuste, redimensiona, redimensione, passa, passe, põe ~ com, coloque ~ "
    "com, coloca ~ com, "
    "escala, escale, escalar, dimensiona, dimensione",
    "raise": "aumenta ~ em, suba ~ em, amplie, amplia, aumenta, aumente, aumentar, incrementa",
    "lower": "corta, corte, encolhe, encolha, reduz, reduza, reduzir, diminui, diminua, diminuir, baixa, baixe",
    "multiply": "quadruplica, quadruplique, duplica, duplique, duplicar, dobra, dobre, dobrar, triplica, triplique",
    "set": "define, defina, definir, muda, mude, mudar, altera, altere, alterar, configura, configure, limita, "
    "limite, coloca, coloque, põe, ponha",
    "add": "monta, monte, anexa, anexe, adiciona, adicione, adicionar, acrescenta",
    "give": "dá a, dê a, dê ao, atribui, atribua, aloca, aloque, dá, dê",
    "keep": "mantém, mantenha, garanta que, garante que",
    "need": "queria, gostaria, necessito, precisa, desejo, quer, deve ter, "
    "preciso de, precisamos de, quero, queremos, preciso, precisa de",
    "update": "atualizar ~ para, migra, migre, faz upgrade, faça upgrade, muda a imagem de, mude a imagem de, "
    "atualiza, atualize, atualizar",
    "rollback": "volta para a versão anterior, volte para a versão anterior, volta à versão anterior, volte à "
    "versão anterior, faz rollback, faça rollback, faz rollback de, faça rollback de, faz o "
    "rollback, retorna, retorne, rollback, "
    "reverte, reverta, reverter, volta, volte, voltar, restaura",
    "undo": "desfaz isso, desfaça a última, desfaz a última, desfaça as últimas, volta atrás, desfaça o "
    "último, desfaz o último, "
    "desfaz, desfaça, desfazer, desfaça isso",
    "expose": "deixa ~ acessível, abra a porta, publica ~ na porta, "
    "torne ~ acessível, torna ~ acessível, deixe ~ acessível, torne ~ público, torne ~ pública, deve ser "
    "acessível, deve ser público, redireciona, mapeie, mapeia, expõe, exponha, expor, publica, abre, abra, abrir",
    "heal": "resolver, recupera, recupere, cura, ajeita, ajeite, corrigir, "
    "conserta, conserte, consertar, repara, repare, corrige, corrija, arruma, arrume, resolve, resolva",
    "analyze": "descobre, descubra, examina, examine, veja por que, apura, averigua, "
    "analisa, analise, analisar, diagnostica, diagnostique, investiga, investigue",
    "simulate": "provoca, provoque, injeta, injete, quebra, quebre, derruba ~ de propósito, faça ~ falhar, "
    "simula, simule, simular",
    "export": "exporta, exporte, exportar",
    "compare": "compara, compare",
    "show": "mostra-me, mostre-me, me mostra, me mostre, deixa eu ver, quero ver, posso ver, lê, leia, "
    "manda, traz, "
    "mostra, mostre, mostrar, exibe, exiba, exibir, ver, veja, diz, diga, me dê",
    "list": "me lista, lista-me, lista, liste, listar",
    "check": "dá uma olhada, dê uma olhada, olha, olhe, "
    "verifica, verifique, verificar, confere, confira, checa, cheque",
    "find": "procura, procure, encontra, encontre, busca, busque",
    "describe": "descreve, descreva, descrever, detalha",
    "explain": "explica, explique, explicar",
    "help": "ajuda, ajude, ajudar",
}

_WORDS: Terms = {
    Role.AUX: {
        "be": "estiver, estiverem, for, está, estão, é, são, estava, tá",
        "have": "tem, têm",
        "should": "deve, deveria",
        "can": "pode",
    },
    Role.ASK: {
        "why": "o que há de errado com, qual é a causa, por qual motivo, o que causou, o que deu errado com, o "
        "que tem de errado com, "
        "por que, por quê, porque, porquê, qual é o problema, qual o problema, qual a causa",
        "happened": "o que aconteceu, o que houve, o que está acontecendo, o que se passou, o que se passa, "
        "o que deu em",
        "howto": "como, como é que, de que forma, como posso fazer para, tem como, "
        "como posso, como eu posso, como faço para, como eu, como se, é possível, posso, dá para",
        "howis": "como anda, como é que está, como está, como estão, como vai, como vão, como tá",
        "howmany": "quantas, quantos",
        "howmuch": "quanto custa, quanto gasto, quanto estou gastando, quanto pago, quanto tá custando, quanto isso, "
        "quanto, quanta",
        "hypo": "o que aconteceria se eu, e se eu, o que aconteceria se, o que acontece se, e se, devo, deveria eu",
        "define": "o que é um, o que é uma, o que significa",
        "what": "o que, que, qual, quais",
        "anything": "algum problema, tudo funcionando, tem algum problema, está tudo certo, tudo em ordem, "
        "tudo bem, tudo certo, está tudo bem, tudo ok",
        "whatabout": "e quanto a, e o, e a",
    },
    Role.REQUEST: {
        "you": "você poderia me, pode me, dá pra, dá para você, consegue, seria possível, "
        "você pode, pode, poderia, podes, podias, você poderia, quero que você",
        "me": "eu queria, eu preciso, eu gostaria, vamos, precisamos, "
        "quero, eu quero, gostaria de, eu gostaria de, preciso, tenho que",
    },
    Role.FILLER: {
        "polite": "atualmente, no momento, ainda, realmente, completamente, neste momento, aqui, "
        "por favor, agora, já, agora mesmo, imediatamente, me, também, só, apenas, então, aí, logo",
        "article": "o, a, os, as, um, uma, uns, umas, meu, minha, meus, minhas, seu, sua, nosso, nossa, novo, nova",
    },
    Role.SUBJECT: {"subject": "eu, nós, a gente, os usuários"},
    Role.NOT: {"not": "não, nao, nunca, jamais, sem, em vez de, ao invés de"},
    Role.DROP: {"drop": "esquece, esqueça, ignora, ignore, deixa, deixe, deixa pra lá, cancela"},
    Role.CONDITION: {
        "if": "se, desde que, caso",
        "when": "quando, enquanto, assim que, depois de",
        "unless": "a menos que, a não ser que",
    },
    Role.CORRECTION: {"fix": "espera, quer dizer, quis dizer, desculpa, desculpe, digo, aliás, melhor"},
    Role.AGAIN: {
        "repeat": "mais uma vez, repete isso, de novo, outra vez, novamente, faz de novo, faça de novo, repete, repita",
        "same": "a mesma coisa para, a mesma coisa com, o mesmo no, faça o mesmo para, faz o mesmo para, idem "
        "para, igual para, "
        "o mesmo com, o mesmo para, faça o mesmo com, faz o mesmo com",
        "other": "o outro, a outra",
        "others": "os outros, as outras, o resto",
    },
    Role.CONNECT: {"and": "e, além disso", "then": "depois, e depois, em seguida", "but": "mas, porém", "or": "ou"},
    Role.PREP: {
        "to": "para, pra, até, a",
        "by": "por, em mais",
        "from": "desde",
        "of": "de, do, da, dos, das",
        "for": "para o, para a, pro",
        "on": "na, no, em, sobre, nas, nos",
        "with": "com",
        "using": "usando",
        "between": "entre",
    },
    Role.PRONOUN: {
        "it": "isso, ele, ela, esse, essa, este, esta, isto",
        "them": "eles, elas, ambos, ambas, os dois, as duas",
    },
    Role.ALL: {"all": "tudo, todos, todas, todo, toda, cada, o cluster inteiro"},
    Role.EXCEPT: {"except": "exceto, menos o, menos a, tirando, tudo menos, todos menos, salvo"},
    Role.DEGREE: {
        "*4": "quadruplica, quadruplique",
        "+": "mais, adicional, adicionais, a mais",
        "-": "menos, a menos",
        "*2": "dobro, o dobro, duplica, duplique, dobra, dobre",
        "*3": "triplo, o triplo, triplica, triplique",
        "/2": "metade, pela metade, a metade",
    },
    Role.VAGUE: {"vague": "um pouco, alguns, algumas, vários, várias, muitos, muitas, bastante"},
    Role.STATE: {
        "bad": "estiver fora do ar, estiver caído, "
        "não inicia, não sobe, não está funcionando, não responde mais, quebrou, travou, derrubado, "
        "indisponível, crashando, falhou, não está respondendo, offline, com falha, "
        "caiu, caindo, cai, caído, falhando, falha, quebrado, quebrada, lento, lenta, travado, travada, "
        "fora do ar, não funciona, não responde, com erro, com problema",
        "good": "funciona, está rodando, bem, funcionando, no ar, saudável, rodando, ativo, ativa, pronto",
        "stopped": "parado, parada, parados, desligado, desligada",
    },
    Role.PROBLEM: {
        "problem": "falha, queda, quedas, pane, problema, problemas, erro, erros, falhas",
    },
    Role.ORDINAL: {
        "1": "primeiro, primeira, o primeiro, a primeira",
        "2": "segundo, segunda, o segundo, a segunda",
        "-1": "o último, a última",
    },
    Role.TIME: {
        "span": "por mês, ao mês, por dia, por hora, por semana, este mês, esta semana, neste mês",
        "future": "amanhã, hoje à noite, mais tarde, toda noite, todo dia",
        "past": "ontem, recentemente",
    },
    Role.GREETING: {
        "hello": "olá, oi, bom dia, boa tarde, boa noite",
        "thanks": "obrigado, obrigada, muito obrigado, muito obrigada, valeu",
        "bye": "tchau, até logo, adeus",
    },
    Role.NOUN: {
        "secrets": "senha, senhas, segredos",
        "diff": "diferença, diferenças, desvio",
        "failure": "uma falha, uma queda, falha de rede, falha de memória, caos, um crash, um erro, falha",
        "healthreport": "relatório de saúde, relatório de estado, saúde do sistema, estado do sistema, situação geral, "
        "resumo de saúde, saúde geral",
        "rollout": "rollout, implantação gradual",
        "autoscale": "autoescalonamento, escalonamento automático, autoscaling, autoscaler",
        "health": "verificação de saúde, checagem de saúde, health check, sonda",
        "volume": "volume, volumes, disco, discos, armazenamento",
        "labels": "rótulo, rótulos, etiqueta, etiquetas, label",
        "command": "comando",
        "loadbalancer": "endereço público, balanceador de carga, url pública",
        "cpu": "processador",
        "logs": "logs, log, os logs, mensagens, registros, registos, saída",
        "events": "mudanças recentes, alterações recentes, eventos, evento, atividade",
        "status": "estado, situação, saúde",
        "app": "app, aplicação, aplicativo, serviço, contêiner, container, implantação",
        "apps": "apps, aplicações, aplicativos, serviços, contêineres, containers",
        "replicas": "pods, pod, réplicas, réplica, instâncias, instância, cópias, cópia",
        "image": "imagem, imagens",
        "version": "versão anterior, versão passada, versão antiga, versão, versões",
        "config": "descrição, configuração, detalhes, informações",
        "manifest": "yaml, arquivo yaml, manifesto, manifestos",
        "env": "variável, variáveis, variável de ambiente, variáveis de ambiente",
        "memory": "memória",
        "metrics": "desempenho, uso de memória, uso de cpu, consumo de memória, usando, usa, consome, consumindo, "
        "uso, consumo, métricas",
        "cost": "custos, fatura, conta, caro, cara, gastos, dinheiro, orçamento, custando, custou, quanto custa, "
        "custo, custa, custam, gasto, gastando, preço",
        "history": "versões anteriores, histórico de versões, histórico, revisões",
        "running": "o que está em execução, o que está ativo, o que temos rodando, rodando, "
        "o que está rodando, o que está no ar, o que tem rodando, o que está a correr",
        "help": "o que você sabe fazer, como funciona isso, comandos, ajuda, o que você pode fazer, o que você faz",
        "restart": "reinício",
    },
    Role.UNIT: {
        "replicas": "pods, pod, réplicas, réplica, instâncias, instância, cópias, cópia, contêineres, containers",
        "s": "segundos",
        "m": "minutos, minuto",
        "h": "horas, hora",
        "d": "dias, dia",
        "lines": "linhas, linha",
        "cpu": "núcleos, núcleo",
        "times": "vezes",
    },
    Role.MARK: {
        "previous": "versão anterior, versão passada, versão antiga",
        "health": "verificação de saúde, checagem de saúde",
        "volume": "volume, volumes, disco, armazenamento, montado em, montada em",
        "command": "comando, o comando, com o comando",
        "args": "argumentos, com os argumentos",
        "label": "rótulo, rótulos, etiqueta, com o rótulo, com a etiqueta",
        "min": "mínimo, mínimo de, um mínimo de, no mínimo, pelo menos, nunca menos de",
        "max": "máximo, máximo de, um máximo de, no máximo, nunca mais de",
        "public": "público, pública, publicamente, para a internet, na internet, para fora, de fora, externamente, "
        "pela internet",
        "target": "porta interna, para a porta, porta de destino",
        "cpu": "de cpu",
        "namespace": "namespace, espaço de nomes",
        "name": "que se chame, de nome, com o nome de, e chame de, "
        "chamado, chamada, com nome, com o nome, sob o nome, como",
        "port": "porta, portas, na porta, nas portas",
        "image": "imagem, com a imagem, usando a imagem",
        "memory": "memória, de memória",
        "last": "últimas, últimos",
        "since": "na última, da última, nas últimas, nos últimos, das últimas, dos últimos, desde",
        "grep": "contendo, que contêm, com o texto",
    },
    Role.CATEGORY: {
        "model": "modelo de linguagem, modelo de ia",
        "queue": "fila de mensagens, fila",
        "cache": "cache",
        "database": "banco de dados, base de dados",
        "web": "servidor web, site",
        "something": "algo, um app, uma aplicação",
    },
}

_OBJECTS: Terms = {
    Role.KIND: {
        "Service": "serviço, serviços, o serviço",
        "PersistentVolumeClaim": "volume, volumes, disco, discos",
        "CronJob": "tarefa agendada, tarefas agendadas, trabalho agendado",
        "Secret": "segredo, segredos",
        "Namespace": "espaços de nomes, namespaces",
    },
    Role.JOB: {
        "job": "job, um job, tarefa, uma tarefa, trabalho, um trabalho",
        "once": "uma vez, uma única vez, só uma vez",
        "cron": "tarefa agendada, uma tarefa agendada",
    },
    Role.CYCLE: {
        "each": "cada, a cada, todas as, todos os",
        "m": "cada minuto, a cada minuto",
        "h": "cada hora, a cada hora, toda hora",
        "d": "cada dia, todo dia, todos os dias, diariamente",
        "night": "cada noite, toda noite, todas as noites",
        "morning": "toda manhã, todas as manhãs",
        "evening": "toda tarde, todas as tardes",
        "w": "cada semana, toda semana, semanalmente",
        "month": "cada mês, todo mês, mensalmente",
        "1": "toda segunda, toda segunda-feira",
        "2": "toda terça, toda terça-feira",
        "3": "toda quarta, toda quarta-feira",
        "4": "toda quinta, toda quinta-feira",
        "5": "toda sexta, toda sexta-feira",
        "6": "todo sábado",
        "0": "todo domingo",
    },
    Role.CLOCK: {
        "at": "às, as",
        "0": "meia-noite, à meia-noite",
        "12": "meio-dia, ao meio-dia",
        "am": "da manhã, da madrugada",
        "pm": "da tarde, da noite",
        "hour": "horas, hora",
    },
}

_NUMBERS = {
    **in_order(
        "zero, -, dois, três, quatro, cinco, seis, sete, oito, nove, dez, "
        "onze, doze, treze, catorze, quinze, dezesseis, dezessete, dezoito, dezenove, vinte"
    ),
    "duas": 2,
    "trinta": 30,
    "quarenta": 40,
    "cinquenta": 50,
    "cem": 100,
    "mil": 1000,
    "um par de": 2,
    "uma dúzia": 12,
    "uma dúzia de": 12,
    "meia dúzia": 6,
    "meia dúzia de": 6,
    "nenhuma": 0,
    "nenhum": 0,
    "uma única": 1,
    "um único": 1,
    "uma só": 1,
    "um só": 1,
}

_ATTACHED = {"-o": "isso", "-a": "isso", "-lo": "isso", "-la": "isso", "-os": "eles", "-as": "eles", "-me": "me"}

PORTUGUESE = Language("pt", {Role.VERB: _VERBS, **_WORDS, **_OBJECTS}, _NUMBERS, _ATTACHED)
