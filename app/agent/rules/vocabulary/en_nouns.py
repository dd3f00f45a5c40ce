"""English: things. What can be asked about, the units, the marks before values, and what is not here at all."""

from __future__ import annotations

from app.agent.rules.senses import Role
from app.agent.rules.vocabulary import Terms

NOUNS: Terms = {
    Role.NOUN: {
        "lessons": "lessons, lessons learnt, lessons learned, what you have learnt, what you have learned, what you "
        "learned, learnt so far, learned so far",
        "incidents": "past incidents, incident history, all incidents, list of incidents, open incidents, incident "
        "list, failures so far, earlier failures, incident log",
        "markets": "market, markets, gpu market, gpu markets, gpu prices, available gpus, gpus available, "
        "marketplace, gpus for rent, rentable gpus, gpus to rent, gpus can i rent, gpus are available",
        "budget": "budget, spending limit, cost limit, spending cap, budget limit, spend limit, budget cap",
        "oneof": "one of the, one of my, one of its, one of our, one of",
        "healthreport": "health report, health overview, system health, overall health, cluster health, "
        "health summary, "
        "status report, state of the system, state of the cluster, health of the system, health of the "
        "cluster, health of everything, health of all apps, report on the health, healthcheck report, "
        "state of affairs",
        "logs": "logged, logging, "
        "output, log, logs, logfile, logfiles, log file, log files, log output, console output, stdout, "
        "stderr, log data, container logs, pod logs, logging output, container output, logz, log entries, "
        "application logs, docker logs, log messages, log stream, kubectl logs, logs of, log lines, log line",
        "events": "event, events, activity, timeline, recent changes, change events, what changed, incidents, "
        "alerts, recent activity, changes",
        "rollout": "rollout, roll-out, rolling update, rollout of, ongoing rollout, update in progress",
        "status": "rollout status, status, state, condition, statuses, stat, uptime, health, well-being, liveness "
        "status, sitrep, overview, summary, dashboard, ready count, readiness status",
        "app": "app, application, deployment, service, container, pod, workload, job, server, microservice, "
        "program, virtual machine, vm, process, component, box, daemon, deploy, svc, thing, system pod, "
        "instance of, docker container, docker service, process called, backend service, unit, stateless app",
        "apps": "ones, apps, applications, deployments, services, containers, pods, workloads, jobs, servers, "
        "microservices, programs, virtual machines, vms, processes, components, things, docker containers, boxes, "
        "stuff, systems",
        "replicas": "replica, replicas, copy, copies, instance, instances, worker processes, pods, containers, pod, "
        "container, replica count, replicas count, count, nodes, machines, boxes, dynos, tasks, size, shards, "
        "replica number, scaling, number of replicas, clones, duplicates, capacity",
        "image": "image, images, container image, docker image, container images, docker images",
        "version": "version, versions, tag, tags, build, image tag, image version",
        "config": "config, configuration, settings, setting, details, detail, spec, specification, info, "
        "information, description, definition, setup, properties, full config, labels and annotations",
        "manifest": "manifest, manifests, yaml, yml, yaml file, yaml manifest, yaml manifests, json, "
        "kubernetes yaml, k8s yaml, resource file, as code",
        "env": "env, envs, env var, env vars, environment variable, environment variables, variable, variables, "
        "env variable, env variables, environment var, environment vars, flag, feature flag",
        "secrets": "secret, secrets, password, passwords, credential, credentials, api key, api keys, tokens",
        "memory": "memory, ram, mem",
        "cpu": "cpu, processor, compute, vcpu, cpu time",
        "gpu": "gpu, graphics card, graphics cards, gpus",
        "limits": "cpu limit of, a cpu limit of, a cpu limit, a cpu request of, cpu request of, memory limit of, a "
        "memory limit of, a memory limit, memory request of, a memory request of, "
        "limit, limits, request,  resource limit, resource limits, resources, requests, memory limit, "
        "cpu limit, resource requests, quota, memory limits, cpu limits",
        "metrics": "busy, metrics, metric, usage, utilisation, utilization, consumption, stats, statistics, cpu usage, "
        "memory usage, load, resource usage, resource consumption, performance, throughput, memory consumption, "
        "cpu consumption, ram usage, kubectl top, docker stats, top, response time, response times, traffic graph, "
        "memory use, cpu use, cpu load, memory utilization, cpu utilization, gpu usage, gpu utilization",
        "cost": "balance, my balance, account balance, "
        "cost, costs, price, prices, spend, spending, bill, bills, billing, expense, expenses, "
        "money, pay, paying, burn rate, dollars, usd, charged, expensive, cheap, cheaper, cheapest, credits, "
        "nos tokens, pricing, invoice, charge, hourly rate, per hour",
        "history": "history, revision, revisions, changelog, rollout history, past versions, deployment history, "
        "version history, previous versions, older versions, release history, earlier versions, past revisions, "
        "releases, rollouts",
        "diff": "differs, differ, different from, "
        "what is the difference between, difference between, diff, difference, differences, drift, "
        "drifting, drifted, drifts, out of sync, in sync, changed from, desired state, deviates, deviation, "
        "pending changes, mismatch, config drift, match its manifest, match its spec, match the manifest, "
        "match the spec, "
        "matches its manifest, matches its spec, match what, matches what, match my manifest, as declared, "
        "as specified, "
        "differ from, differs from",
        "autoscale": "autoscaler, autoscalers, autoscaling, hpa, horizontal pod autoscaler, auto-scaling, "
        "auto scaling, autoscaling policy, horizontalpodautoscaler, auto scaler, auto-scaler",
        "health": "health check, healthcheck, health checks, healthchecks, probe, liveness, liveness probe, "
        "readiness probe, readiness, startup probe, health probe, health endpoint, health path, health-check, probes",
        "volume": "volume, volumes, disk, disks, storage, pvc, pvcs, persistent volume, persistent storage, mount, "
        "persistentvolumeclaim, persistent volume claim, storage volume, bind mount, data directory, disk space",
        "labels": "label, labels, annotation, annotations",
        "command": "entrypoint, start command, startup command, command line, arguments, cmd",
        "loadbalancer": "address, public address, external address, stable address, public ip, external ip, ip "
        "address, ip, load balancer, loadbalancer, type loadbalancer, clusterip, nodeport, kubernetes service, "
        "service with type, service of type, public url, endpoint, public endpoint, to the internet, to the outside, "
        "to the world, to the public, url, a service for, a service named",
        "failure": "a failure, chaos, chaos monkey, chaos experiment, a crash, fault, faults, a fault, "
        "network failure, node failure, network partition, network outage, an oom, chaos test, game day, oom kill, "
        "an outage, oom, out of memory error, image pull failure, memory pressure, packet loss, a network failure, "
        "failure scenario, network latency, image pull error, memory error, image pull, pull failure, its network, "
        "network",
        "autoheal": "self-healing, self healing, auto-heal, auto-healing, healing",
        "restart": "restart, rolling restart, reboot, kick in the butt, reload",
        "cluster": "cluster, stack, fleet, system, platform, infrastructure, infra",
        "help": "examples, example, some examples, what i can say, what i can ask, what i can do, sample "
        "commands, i am lost, i am stuck, i am new here, cheat sheet, "
        "help, help me, help me out, i need help, commands, manual, docs, documentation, instructions, "
        "usage guide, tutorial, capabilities, what can you do, what do you do, what can i do, what can i say, "
        "what can i ask, what are you able to do, what are my options, available commands, options, menu, "
        "what all can you do, list of commands, what do you know, what else can you do, how does this work, "
        "how do you work, how do i use you, how do i use this, how does it work, how do i get started, get started, "
        "getting started, features, h",
        "running": "running, what is running, what do i have running, what do we have running, "
        "what have i got running, what do we have, what do i have, what have we got, what is deployed, "
        "what is there, what all is running, what is live, whats deployed, what did i deploy, what did we deploy, "
        "what is currently running, inventory, what is online, deployed",
        "lines": "line, lines, entries, messages, rows, records",
        "replicaset": "a replica of, one replica of, a pod of, one pod of, one of the pods, one of the replicas, "
        "a container of, a replica, a pod, one pod, one replica, a random pod, random pod, one of the containers, "
        "one instance, one container, an instance of, one of its pods, one of its replicas, a random replica",
    },
    Role.UNIT: {
        "money": "dollars, dollar, usd, bucks, us dollars, us dollar",
        "memory:Mi": "megs, meg, mb, mib, megabytes, megabyte, mi, mebibytes",
        "memory:Gi": "gigs, gig, gb, gib, gigabytes, gigabyte, gi, gibibytes",
        "memory:": "bytes, byte",
        "memory:Ki": "kb, kib, kilobytes, ki",
        "memory:Ti": "tb, tib, terabytes, terabyte",
        "cpu": "core, cores, cpu, cpus, vcpu, vcpus, cpu core, cpu cores, a core, of a core, of a cpu, a cpu",
        "millicpu": "millicores, millicore, millicpu, millicpus, mcpu",
        "gpu": "gpu, gpus, graphics card, graphics cards, nvidia gpu, nvidia gpus, h100, h100s, a100, a100s, "
        "rtx 4090, rtx 3090, rtx 4090s, nvidia h100, nvidia a100, t4, l4, v100, 4090, 3090",
        "s": "second, seconds, sec, secs",
        "m": "minute, minutes, min, mins",
        "h": "hour, hours, hr, hrs",
        "d": "day, days",
        "w": "week, weeks",
        "lines": "line, lines, log lines, logs, entries, log entries, messages, log messages, rows, records, "
        "log records",
        "percent": "percent, pct, per cent, percentage",
        "times": "times as many, times as much, times the replicas, times more, times its size, times, fold",
        "replicas": "replica, replicas, copy, copies, instance, instances, pods, containers, pod, container, nodes, "
        "workers, of them, tasks, servers, machines, of those, boxes, apps, services, deployments, app, service, "
        "deployment",
    },
    Role.MARK: {
        "total": "in total, in all, altogether, overall, all in all, total",
        "name": "as, named, called, name, name it, call it, under the name, under the name of, by the name of, "
        "with name, with the name, with name of, name of, name is, whose name is, calling it, naming it, app name, "
        "titled, labelled as, the name, known as, and name it, and call it",
        "image": "image, using image, with image, from image, container image, docker image, image name, image of",
        "namespace": "namespace, ns, namespaces, name space",
        "runtime": "runtime",
        "target": "target port, targeting port, targeting, to container port, target-port, to its port, to its "
        "container port, container port inside",
        "udp": "udp, over udp, via udp, as udp, on udp",
        "parallel": "in parallel, at a time, at once in parallel, concurrently, at the same time",
        "retries": "retries, retry attempts, attempts",
        "port": "port, ports, listening on, listen on, listens on, container port, port number, on port, "
        "containerport, exposing port, exposed on, exposing ports, "
        "host port, tcp port",
        "tag": "tag, version, image tag, image version, release, versions, tagged",
        "revision": "revision, rev, revision number, generation",
        "env": "env, environment variable, env var, environment, envs, env vars, environment variables, with env",
        "memory": "memory limit of, a memory limit of, a memory limit, memory request of, a memory request of, "
        "memory of, "
        "memory, ram, mem, memory limit, memory request, memory limits",
        "cpu": "cpu limit of, a cpu limit of, a cpu limit, a cpu request of, cpu request of, cpu of, "
        "cpu, cpu limit, cpu request, cpus, cpu limits",
        "gpu": "gpu, gpus",
        "replicas": "replicas, replica count, instances, copies, count, scale, replica",
        "health": "health check, healthcheck, health path, health-check, health endpoint, healthcheck path, "
        "liveness probe, readiness probe, health checks, probe, health probe",
        "command": "that runs, which runs, running the command, executing, that executes, command, cmd, "
        "start command, entrypoint, with command, the command, with cmd",
        "args": "args, arguments, arg, with args, with arguments, argument, flags",
        "label": "label, labels, with label, with labels, labelled, labeled, annotation, annotations",
        "volume": "volume, volumes, mounting, mount, mounted, mounted at, with a volume, data volume, persistent "
        "volume, storage, persistent storage, disk, pvc, persistent disk, keep its data in, keep the data in, keep "
        "its data at, keep the data at, store its data in, store data in, keep data in, save its data in, data "
        "directory, persist its data in, persist data in, persisting",
        "autoscale": "autoscale, autoscaling, autoscaled, autoscaler, with autoscaling",
        "min": "min, minimum, never below, no fewer than, not below, no less than, at minimum, at least, "
        "min replicas, minimum of, not less than, not fewer than, lower bound, floor of, never fewer than, "
        "never less than",
        "max": "max, maximum, at most, up to, no more than, not more than, max replicas, maximum of, upper bound, "
        "ceiling of, never above, never more than, not above, capped at, limit of",
        "grep": "containing, contain, contains, that contain, that contains, matching, that match, that mention, "
        "mentioning, mention, with the word, with the text, including the word, with the string, which contain, "
        "grep, for the word, for the string, that include, that say, filtered by, the word, the string, the text, "
        "grep for, with the phrase",
        "last": "last, past, latest, most recent, newest, final, tail, recent",
        "since": "since, in the last, over the last, during the last, for the last, from the last, within the last, "
        "in the past, over the past, from the past, for the past, of the last, younger than, newer than, "
        "during the past",
        "previous": "previous container, previous instance, previous run, before the crash, before it crashed, "
        "last crash, previous crash, before the restart, before it died, before the last restart, "
        "crashed container, prior run, dead container, earlier container, the run before, last run, "
        "previously crashed, previous, previous one, before it restarted, terminated container, from before",
        "startswith": "starting with, starts with, start with, that start with, beginning with, begins with, "
        "begin with, prefixed with, prefixed, with prefix, with the prefix, whose name starts with, "
        "name starts with, whose names start with",
        "endswith": "ending with, ends with, end with, ending in, ends in, end in, that end in, that end with, "
        "with suffix, suffixed with, suffixed, whose name ends with, whose names end with, with the suffix",
        "contains": "with name containing, whose name contains, whose names contain, in the name, in their name, "
        "in its name, with names containing, name containing, in their names",
        "pattern": "matching the pattern, pattern, glob, regex, matching pattern",
        "dryrun": "dry run, dry-run, dryrun, validate, would this work, without applying, do not apply, "
        "is it valid, is this valid, check this, just check, what would this change, test run, preview, is this ok, "
        "is this correct, would this change, what would change",
        "public": "public, publicly, internet, outside, world, externally, external, to the internet, to the outside, "
        "to the world, to the public, to everyone, from outside, from the outside, from the internet, from anywhere, "
        "from my laptop, from my browser, from this host, from the host, on the internet, load balancer, loadbalancer, "
        "type loadbalancer, nodeport, public url, public endpoint, public address, public ip, external ip, "
        "external address, visible to the world",
        "off": "off, disable, disabled, turn off",
        "unset": "unset, unset env, unset the, clear the env",
    },
    Role.FOREIGN: {
        "Helm": "helm, chart, charts, helm chart, helm charts, helm release, helmfile, kustomize",
        "ingress": "ingress, ingresses, ingress controller, gateway api, reverse proxy rule, virtual host, "
        "ingress rule",
        "RBAC": "rbac, role binding, rolebinding, cluster role, clusterrole, service account, serviceaccount, iam, "
        "permissions, user accounts, role, roles, access rights, service accounts, admin rights",
        "network policies": "network policy, networkpolicy, network policies, firewall, firewall rule, "
        "security group, networkpolicies",
        "ConfigMaps from the chat": "configmap, configmaps, config map, config maps",
        "Secrets from the chat": "a secret, kubernetes secret, secret named, secret called, secret object, "
        "sealed secret",
        "nodes": "node pool, worker node, worker nodes, control plane, kubelet, node, node group, host machine, "
        "droplet, kubeconfig, contexts, context, kubernetes context, kubernetes contexts, cluster nodes",
        "TLS certificates": "certificate, certificates, tls, ssl, https certificate, cert, certs, letsencrypt, "
        "let's encrypt",
        "DNS": "dns, domain, domain name, subdomain, custom domain, hostname, dns record",
        "StatefulSets and DaemonSets": "statefulset, stateful set, daemonset, daemon set, replicaset, statefulsets, "
        "daemonsets",
        "backups": "backup, backups, snapshot, snapshots, restore point",
        "traffic splitting": "share of the traffic, share of traffic, mirror the traffic, traffic mirroring, "
        "route traffic, "
        "of the traffic, shift traffic, "
        "service mesh, istio, traffic split, traffic splitting, percent of traffic, "
        "canary weight, blue-green, blue green, a/b test, blue/green, % of traffic, linkerd, traffic to",
        "storage classes": "storage class, storageclass, storage classes, storageclasses",
        "shell access": "shell, terminal, bash session, command prompt, ssh, root shell, the host, ssh key",
        "building images": "dockerfile, source code, git repo, git repository, github repo, my code, this repo",
        "Compose files by name": "docker-compose.yml, compose file, docker compose file, docker-compose",
        "namespaces as objects": "a namespace, namespace named, namespace called, new namespace, the namespace named",
        "sidecars": "sidecar, sidecars, sidecar container, init container, init containers, initcontainer",
        "security settings": "privileged, privileged mode, host network, root user, host pid, as root, "
        "docker socket, security context, host mode, cap_add, docker.sock, read-only root",
        "affinity": "node affinity, affinity, taint, taints, toleration, tolerations, node selector, anti-affinity, "
        "availability zone",
        "alerts": "alerting, slack, pagerduty, email alert, notification, notifications, alert rule, webhook, "
        "alertmanager",
        "operators and CRDs": "crd, crds, custom resource, operator lifecycle, custom resource definition",
        "other clouds": "aws, gcp, azure, digital ocean, digitalocean, ec2, s3, s3 bucket, lambda, terraform, "
        "ansible, cloudflare, heroku, eks, gke, aks, ecs",
    },
    Role.CATEGORY: {
        "web": "web server, webserver, web app, web application, website, web site, web service, static site, "
        "http server, webapp, site, homepage, landing page, proxy, reverse proxy, load balanced web app, "
        "frontend app, web page",
        "database": "database, databases, db, sql database, relational database, data store, datastore, "
        "nosql database, document database, sql server, rdbms",
        "cache": "cache, in-memory cache, key-value store, kv store, caching layer, caching server, key value store",
        "queue": "message queue, queue, message broker, broker, queueing system, job queue, messaging system, "
        "event bus",
        "model": "llm, language model, llm server, ai model, model server, inference server, my model, ai models, "
        "model, machine learning model, chat model, large language model, chatbot, ml model, inference endpoint, "
        "ai, ai app",
        "blog": "blog, cms, blogging platform, content management system",
        "monitoring": "monitoring, monitoring stack, observability stack, dashboarding, metrics server, "
        "monitoring system",
        "something": "something, anything, a container, an app, an application, a service, my app, my application, "
        "my service, my container, my code, my project, my website, some app, some container, some service, stuff, "
        "application, software, project, a microservice, a server, a job, backend, frontend, a workload, "
        "a deployment, my docker image, my image, an image, demo app, sample app, test app, hello world app, game, "
        "bot, script, api server, my api, a bot, a game, new app, new version, a new version, a new app, it",
    },
    Role.OFFTOPIC: {
        "chat": "an email, a text message, an sms, a letter, a tweet, e-mail, send an email, phone call, my "
        "laptop, my printer, my phone, my car, my wifi, "
        "joke, weather, poem, story, flight, pizza, recipe, song, movie, translate, capital of, president, "
        "stock price, football, soccer, news, horoscope, lottery, meaning of life, haiku, restaurant, hotel, "
        "coffee, essay, homework, sing, dance, birthday, sudoku, chess, what time is it, what day is it, bitcoin, "
        "crypto, dinner, lunch, breakfast, vacation, holiday, calendar, appointment, meeting, love, married, "
        "book me, book a, order me, math, square root, python function, python script, source of, write code, "
        "write a",
    },
    Role.OVERRIDE: {
        "prompt": "system prompt, your system prompt, your prompt, your instructions, initial prompt, your rules",
        "override": "ignore all previous instructions, ignore previous instructions, ignore your instructions, "
        "ignore all instructions, ignore the previous instructions, ignore all prior instructions, "
        "ignore your rules, disregard your instructions, disregard previous instructions, "
        "disregard all previous instructions, forget your instructions, forget all instructions, "
        "forget all previous instructions, forget your rules, ignore all rules, ignore safety, ignore the rules, "
        "ignore any rules, override safety, override the safety, safety checks are disabled, safety checks off, "
        "disable safety, disable the safety, disable confirmation, disable confirmations, disable approvals, "
        "without asking, without confirmation, do not ask, do not ask for confirmation, no confirmation, "
        "no confirmation needed, skip confirmation, skip the confirmation, without approval, no questions asked, "
        "bypass, bypass the gate, developer mode, jailbreak, dan mode, maintenance mode, admin mode, god mode, "
        "sudo mode, you are now, act as root, as an administrator, i am the admin, i am an admin, i am admin, "
        "i am root, i am the owner, i am authorized, i am the ceo, pre-approved, already approved, "
        "already confirmed, i already confirmed, consider it confirmed, no need to ask, no need to confirm, "
        "do not confirm, trust me, without a prompt, new instructions, approve it yourself, confirm it yourself, "
        "auto-approve, auto approve, auto-confirm, approved by",
    },
    Role.ORDERS: {
        "orders": "follow any instructions, follow all instructions, follow all the instructions, follow whatever, "
        "do whatever, execute any instructions, execute any commands, carry out any instructions, act on "
        "any instructions, follow any commands, obey any, do everything it says, follow any orders, do "
        "as instructed in, "
        "do what it says, do what the log says, do what the logs say, do as the log says, "
        "do as the logs say, do as it says, follow its instructions, follow the instructions, "
        "follow the instruction, do whatever it says, follow what it says, do what they say, execute what it says, "
        "do what the event says, carry out what it says, execute the instructions, run what it says, obey the, "
        "obey it, do what the message says, do what that says, do what the last line says, execute the commands in, "
        "execute the command in, run the commands in, run the command in, run the command from, "
        "execute the command from, apply the suggestion in, follow the advice in, do what is written in, "
        "carry out the instructions",
    },
}
