"""Well-known names on Docker Hub, to see that a name is a slip of the keyboard. Own list, from general knowledge."""

from __future__ import annotations

OFFICIAL = frozenset(
    """
    adminer alpine amazoncorretto arangodb archlinux bash buildpack-deps busybox caddy cassandra centos
    chronograf clojure composer consul couchbase couchdb crate debian docker drupal eclipse-mosquitto eclipse-
    temurin elasticsearch elixir erlang fedora flink fluentd gcc ghost golang gradle grafana groovy haproxy
    haskell hello-world httpd influxdb ibmjava jetty jruby julia kapacitor kibana kong logstash mariadb matomo
    maven mediawiki memcached mongo mongo-express mysql nats neo4j nextcloud nginx node odoo openjdk oraclelinux
    orientdb percona perl photon php phpmyadmin postgres prometheus python rabbitmq redis redmine registry
    rethinkdb rocket.chat ros ruby rust rockylinux solr sonarqube spark swift swarm telegraf tomcat traefik
    ubuntu unit varnish vault wordpress zookeeper
    """.split()  # noqa: SIM905  a list of words reads better as words
)
PUBLISHERS = frozenset(
    """
    adguard airbyte alpine amazon apache apacheairflow appsmith atlassian authelia bitnami bitwarden calico
    cilium circleci clickhouse cloudflare codercom confluentinc containrrr containous coredns crazymax
    curlimages datadog dbeaver debezium dependencytrack dpage drone elastic envoyproxy fluent freshrss frooodle
    ghcr gitea gitlab gogs goharbor google grafana graylog haproxytech hashicorp homeassistant homebridge hotio
    immich itzg jaegertracing jellyfin jenkins jenkinsci jetbrains joplin jupyter k3s keycloak kindest klakegg
    koenkk kubernetesui lancachenet library linuxserver localstack louislam lscr mailhog matrixdotorg mattermost
    mcr metabase microsoft mindsdb minio mlocati mongodb n8nio neo4j netdata netboxcommunity nextcloud nginxinc
    nginxproxy nocodb nodered nvidia oauth2-proxy octoprint ollama onlyoffice openhab opensearchproject openvino
    openzipkin oznu photoprism phpmyadmin pihole plexinc plugins portainer postgis prom pytorch qdrant rancher
    redash redislabs redis rocketchat roundcube selenium semitechnologies sonatype statping supabase syncthing
    temporalio tensorflow thanosio thelounge timescale traefik tutum uptimekuma vaultwarden vectorim verdaccio
    vllm weaveworks wekan wordpress zabbix zammad
    """.split()  # noqa: SIM905  a list of words reads better as words
)


def near_miss(reference: str) -> str:
    """The well-known name that this one misses by one letter left out, doubled, changed or swapped; empty = none."""
    path = reference.split("@")[0].split("/")
    if len(path) == 1 or (len(path) == 2 and path[0] in ("docker.io", "library")):
        return _nearest(path[-1].split(":")[0], OFFICIAL)
    if len(path) == 3 and path[0] in ("docker.io", "index.docker.io"):
        path = path[1:]
    if len(path) != 2 or "." in path[0] or ":" in path[0]:
        return ""
    owner = _nearest(path[0], PUBLISHERS)
    return f"{owner}/{path[1]}" if owner else ""


def _nearest(name: str, known: frozenset[str]) -> str:
    if name in known or len(name) < 4:
        return ""
    return next((one for one in sorted(known) if len(one) >= 4 and _one_slip(name, one)), "")


def _one_slip(given: str, right: str) -> bool:
    """One insertion, deletion, substitution or swap of neighbours apart."""
    if abs(len(given) - len(right)) > 1:
        return False
    at = next((i for i, (a, b) in enumerate(zip(given, right, strict=False)) if a != b), min(len(given), len(right)))
    a, b = given[at:], right[at:]
    swapped = len(a) > 1 and len(b) > 1 and a[0] == b[1] and a[1] == b[0] and a[2:] == b[2:]
    return swapped or a[1:] == b or a == b[1:] or a[1:] == b[1:]
