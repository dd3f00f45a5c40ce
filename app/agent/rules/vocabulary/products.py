"""Well-known images by the names people use for them, and which of them answer "a database" or "a web server".

Names are those of Docker Hub (official images without a slash, otherwise the publisher's); all languages share them.
"""

from __future__ import annotations

from collections.abc import Mapping

PRODUCTS: Mapping[str, str] = {
    "nginx": "nginx, ngnix, ngix, nginx server, nginx web server, nginx webserver",
    "httpd": "httpd, apache, apache2, apache httpd, apache web server, apache server",
    "caddy": "caddy, caddy server",
    "traefik": "traefik, traefik proxy",
    "haproxy": "haproxy, ha proxy",
    "envoyproxy/envoy": "envoy, envoy proxy",
    "tomcat": "tomcat, apache tomcat",
    "redis": "redis, redis server, redis cache, redis database",
    "valkey/valkey": "valkey",
    "memcached": "memcached, memcache",
    "postgres": "postgres, postgresql, postgre, pgsql, postgres database, postgresql database, pg",
    "mysql": "mysql, mysql database, mysql server",
    "mariadb": "mariadb, maria db, mariadb database",
    "mongo": "mongo, mongodb, mongo db, mongodb database, mongo database",
    "mongo-express": "mongo-express, mongo express",
    "couchdb": "couchdb, couch db",
    "cassandra": "cassandra, apache cassandra",
    "neo4j": "neo4j",
    "influxdb": "influxdb, influx",
    "elasticsearch": "elasticsearch, elastic search",
    "kibana": "kibana",
    "logstash": "logstash",
    "rabbitmq": "rabbitmq, rabbit mq, rabbit",
    "nats": "nats",
    "apache/kafka": "kafka, apache kafka",
    "zookeeper": "zookeeper",
    "eclipse-mosquitto": "mosquitto, mqtt broker",
    "wordpress": "wordpress, word press, wordpress blog, wordpress site",
    "ghost": "ghost, ghost blog",
    "drupal": "drupal",
    "joomla": "joomla",
    "nextcloud": "nextcloud",
    "gitea/gitea": "gitea",
    "registry": "docker registry, private registry, container registry",
    "grafana/grafana": "grafana",
    "prom/prometheus": "prometheus",
    "jenkins/jenkins": "jenkins",
    "sonarqube": "sonarqube",
    "n8nio/n8n": "n8n",
    "minio/minio": "minio",
    "adminer": "adminer",
    "phpmyadmin": "phpmyadmin",
    "hashicorp/vault": "vault, hashicorp vault",
    "consul": "consul",
    "keycloak/keycloak": "keycloak",
    "busybox": "busybox",
    "alpine": "alpine, alpine linux",
    "ubuntu": "ubuntu",
    "debian": "debian",
    "python": "python",
    "node": "nodejs, node.js",
    "golang": "golang",
    "hello-world": "hello-world, hello world",
    "traefik/whoami": "whoami",
    "portainer/portainer-ce": "portainer",
    "ollama/ollama": "ollama",
    "vllm/vllm-openai": "vllm, vllm server",
    "ghcr.io/open-webui/open-webui": "open-webui, open webui, openwebui",
    "jupyter/base-notebook": "jupyter, jupyter notebook, jupyter lab, jupyterlab",
    "qdrant/qdrant": "qdrant",
    "plexinc/pms-docker": "plex",
    "homeassistant/home-assistant": "home assistant, home-assistant",
    "vaultwarden/server": "vaultwarden",
}
"""Image -> phrases, separated by commas."""

CATEGORIES: Mapping[str, tuple[str, ...]] = {
    "web": ("nginx", "httpd", "caddy"),
    "database": ("postgres", "mysql", "mongo"),
    "cache": ("redis", "memcached"),
    "queue": ("rabbitmq", "nats"),
    "model": ("ollama/ollama", "vllm/vllm-openai"),
    "blog": ("wordpress", "ghost"),
    "monitoring": ("prom/prometheus", "grafana/grafana"),
    "something": ("nginx", "redis", "postgres"),
}
"""Kind of product -> images to offer, the usual one first."""

_ENDING = frozenset({"busybox", "alpine", "ubuntu", "debian", "python", "node", "golang", "hello-world"})
"""Products of the table that end by themselves; all others serve until they are stopped."""


def is_server(image: str) -> bool:
    """Whether an image, with or without a tag, is a product that serves."""
    repository = image.partition("@")[0]
    repository = repository.rpartition(":")[0] if ":" in repository.rpartition("/")[2] else repository
    repository = repository.removeprefix("docker.io/").removeprefix("library/")
    return repository in PRODUCTS and repository not in _ENDING
