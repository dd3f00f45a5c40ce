"""The port a well-known image listens on, for a deploy that names none.

Source: the `EXPOSE` lines of the images' own Dockerfiles on Docker Hub (the plain HTTP or native protocol port).
"""

from __future__ import annotations

from app.core.images import parse_image

_PORTS = {
    "adminer": 8080,
    "caddy": 80,
    "cassandra": 9042,
    "consul": 8500,
    "couchdb": 5984,
    "elasticsearch": 9200,
    "ghost": 2368,
    "gitea": 3000,
    "grafana": 3000,
    "haproxy": 80,
    "httpd": 80,
    "influxdb": 8086,
    "jenkins": 8080,
    "keycloak": 8080,
    "kibana": 5601,
    "mariadb": 3306,
    "memcached": 11211,
    "minio": 9000,
    "mongo": 27017,
    "mongo-express": 8081,
    "mysql": 3306,
    "n8n": 5678,
    "nats": 4222,
    "neo4j": 7474,
    "nextcloud": 80,
    "nginx": 80,
    "ollama": 11434,
    "phpmyadmin": 80,
    "postgres": 5432,
    "prometheus": 9090,
    "rabbitmq": 5672,
    "redis": 6379,
    "registry": 5000,
    "sonarqube": 9000,
    "tomcat": 8080,
    "traefik": 80,
    "traefik/whoami": 80,
    "valkey": 6379,
    "wordpress": 80,
    "zookeeper": 2181,
}
_OWNED = {
    "gitea/gitea": "gitea",
    "grafana/grafana": "grafana",
    "jenkins/jenkins": "jenkins",
    "minio/minio": "minio",
    "n8nio/n8n": "n8n",
    "ollama/ollama": "ollama",
    "prom/prometheus": "prometheus",
    "valkey/valkey": "valkey",
}
"""Products whose image is not an official one but has one publisher."""


def default_ports(image: str) -> tuple[int, ...]:
    """The ports to publish for `image`, empty for an image that is not known. Somebody's own `acme/nginx` is not
    known: only its owner knows what it listens on."""
    name = parse_image(image).familiar_name
    port = _PORTS.get(_OWNED.get(name, name))
    return (port,) if port else ()
